// Spawns strata-probe, waits, remembers. The child speaks on one pipe, so that a plugin's own words are not taken for
// its; a child that ends without a word was ended by the plugin, and one that ends badly after it, too.
#include "plugin/probes.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>

#include "core/file_errors.hpp"
#include "plugin/library.hpp"
#include "plugin/probe_words.hpp"
#include "strata/core/error.hpp"
#include "strata/core/file.hpp"
#include "strata/core/json.hpp"
#include "strata/core/log.hpp"

namespace fs = std::filesystem;

namespace strata::detail {
namespace {

constexpr int kSeconds = 5;
constexpr std::size_t kMostRemembered = 1000, kMostWords = std::size_t{1} << 16U;

// What tells one state of a file from another.
std::string stamp(const std::string& file) {
  struct stat status = {};
  if (file.empty() || stat(file.c_str(), &status) != 0) return {};
  return std::to_string(status.st_size) + "/" + std::to_string(status.st_mtim.tv_sec) + "." +
         std::to_string(status.st_mtim.tv_nsec);
}

// Empty: nothing is remembered between processes.
std::string memory_file() {
  const char *cache = std::getenv("XDG_CACHE_HOME"), *home = std::getenv("HOME");
  if (cache != nullptr && cache[0] == '/') return std::string(cache) + "/strata/probes.json";
  if (home != nullptr && home[0] == '/') return std::string(home) + "/.cache/strata/probes.json";
  return {};
}

struct Ended {
  std::string words;          // what the child said
  std::optional<int> status;  // of waitpid; none: it was stopped after kSeconds
};

Ended run(const std::string& tool, const std::string& library) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw Error("E_IO_READ", tool, std::strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], kProbeWords);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);  // so that what it spawns ends with it
  posix_spawnattr_setpgroup(&attributes, 0);
  std::string words[] = {tool, library};
  char* arguments[] = {words[0].data(), words[1].data(), nullptr};
  pid_t child = 0;
  const int fault = posix_spawn(&child, tool.c_str(), &actions, &attributes, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  close(ends[1]);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  if (fault != 0) {
    close(ends[0]);
    throw Error("E_IO_READ", tool, std::string("cannot be run: ") + std::strerror(fault));
  }

  Ended ended;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(kSeconds);
  const auto left = [&] {
    const auto rest =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    return static_cast<int>(std::max<std::int64_t>(0, rest.count()));
  };
  // The end of the child counts, not that of the pipe: a process that it left behind may hold that open.
  bool in_time = false;
  while (!in_time && left() > 0) {
    constexpr int kLook = 2;  // ms
    pollfd wait{ends[0], POLLIN, 0};
    poll(&wait, 1, std::min(kLook, left()));
    siginfo_t info{};
    in_time = waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == child;
    char buffer[4096];
    for (ssize_t got = 1; got > 0 && ended.words.size() < kMostWords;) {  // after the look: all that it said is there
      got = ::read(ends[0], buffer, sizeof(buffer));
      if (got > 0) ended.words.append(buffer, static_cast<std::size_t>(got));
    }
    if ((wait.revents & POLLHUP) != 0 && !in_time) usleep(kLook * 500);
  }
  kill(-child, SIGKILL);  // the group: the child itself, or what it has left behind
  int status = 0;
  waitpid(child, &status, 0);
  close(ends[0]);
  if (in_time) ended.status = status;
  return ended;
}

Error dead(const std::string& file, const std::string& how) {
  return Error("E_PLUGIN_PROBE", file, how, "it was tried in a process of its own; nothing of it is loaded here");
}

// What is wrong with how the child ended: in its loading, or after it had said that all is well.
std::string cause(const Ended& ended) {
  const bool loaded = ended.words == kProbeFine;
  if (!ended.status) {
    return std::string(loaded ? "kept its process from ending" : "did not end its loading") + " within " +
           std::to_string(kSeconds) + " s";
  }
  if (WIFSIGNALED(*ended.status)) {
    const int number = WTERMSIG(*ended.status);
    return std::string("crashed ") + (loaded ? "when its process ended" : "while it was loaded") + ": signal " +
           std::to_string(number) + " (" + strsignal(number) + ")";
  }
  return std::string(loaded ? "made its process end with" : "ended the process while it was loaded,") + " exit code " +
         std::to_string(WEXITSTATUS(*ended.status));
}

}  // namespace

void Probes::read() {
  if (read_) return;
  read_ = true;
  const std::string file = memory_file();
  if (file.empty() || !fs::exists(file)) return;
  try {
    known_ = read_own_json(file);
    if (!known_.is_object()) known_ = Config::object();
  } catch (const Error& fault) {  // it is written anew
    log_debug(std::string("what was remembered of plugins is lost: ") + fault.what());
    known_ = Config::object();
  }
}

void Probes::remember(const std::string& real, const Config& entry) {
  const std::string file = memory_file();
  if (known_.members().size() >= kMostRemembered) known_ = Config::object();
  known_.put(real, entry);
  if (file.empty()) return;
  try {
    make_folders(fs::path(file).parent_path().string());
    write_file(file, write_json(known_) + "\n");
  } catch (const Error& fault) {  // a home that cannot be written: tried again the next time
    log_debug(std::string("nothing is remembered of plugins: ") + fault.what());
  }
}

void Probes::check(const std::string& real, const std::string& file) {
  const std::string own = own_library(), library = stamp(real), host = stamp(own);
  read();
  if (const Config* entry = known_.find(real); entry != nullptr && entry->is_object()) {
    const auto is = [&](const char* name, const std::string& value) {
      const Config* found = entry->find(name);
      return found != nullptr && found->is_string() && found->string() == value;
    };
    const Config* verdict = entry->find("fault");
    if (is("file", library) && is("host", host) && verdict != nullptr && verdict->is_string()) {
      if (verdict->string().empty()) return;
      throw dead(file, verdict->string() + " (remembered until the file changes)");
    }
  }
  const std::string tool = (fs::path(own).parent_path() / "strata/tools/strata-probe").string();
  if (!fs::exists(tool)) {
    if (!warned_) log_warning("there is no " + tool + ": plugins are loaded without being tried first");
    warned_ = true;
    return;
  }
  const Ended ended = run(tool, real);
  const auto keep = [&](const std::string& fault) {
    remember(real, Config::object({{"file", library}, {"host", host}, {"fault", fault}}));
  };
  const bool fine = ended.words == kProbeFine, ended_well = ended.status && *ended.status == 0;
  if (fine && ended_well) return keep("");
  if (fine || ended.words.empty()) {
    keep(cause(ended));
    throw dead(file, cause(ended));
  }
  // An error of the registration: not remembered, as it may be for want of another library.
  const std::size_t first = ended.words.find('\n'), second = ended.words.find('\n', first + 1);
  if (first == std::string::npos || second == std::string::npos) throw dead(file, "spoke on the probe's own pipe");
  throw Error(ended.words.substr(0, first), file, ended.words.substr(first + 1, second - first - 1),
              ended.words.substr(second + 1));
}

}  // namespace strata::detail
