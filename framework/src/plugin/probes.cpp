// Runs strata-probe, waits, remembers. A child that ends without a word was ended by the plugin, and one that ends
// badly after it, too.
#include "plugin/probes.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>

#include "plugin/child.hpp"
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
constexpr std::size_t kMostRemembered = 1000;

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

// What somebody else may have written says nothing of what this user has named.
bool written_by_us(const std::string& file) {
  struct stat status = {};
  return stat(file.c_str(), &status) == 0 && status.st_uid == geteuid() && (status.st_mode & S_IWOTH) == 0;
}

// Keeps other processes from writing the file between our reading and our writing it.
class Lock {
 public:
  explicit Lock(const std::string& file)
      : descriptor_(open((file + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (descriptor_ >= 0) flock(descriptor_, LOCK_EX);
  }
  ~Lock() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  int descriptor_;
};

bool has_text(const Config& entry, const char* name, const std::string& value) {
  const Config* found = entry.is_object() ? entry.find(name) : nullptr;
  return found != nullptr && found->is_string() && found->string() == value;
}

bool was_named(const Config& entry) { return entry.is_object() && entry.find("bytes") != nullptr; }

// Makes room: entries of files that are gone, then those that nobody has named, then all.
Config with_room(const Config& known) {
  Config kept = known;
  for (const bool named_too : {true, false}) {
    if (kept.members().size() < kMostRemembered) return kept;
    Config fewer = Config::object();
    for (const auto& [real, entry] : kept.members()) {
      std::error_code fault;
      if (named_too ? fs::exists(real, fault) : was_named(entry)) fewer.put(real, entry);
    }
    kept = fewer;
  }
  return kept.members().size() < kMostRemembered ? kept : Config::object();
}

Config memory_in(const std::string& file) {
  if (file.empty() || !fs::exists(file)) return Config::object();
  try {
    Config known = read_json(file);
    if (known.is_object()) return known;
  } catch (const Error& fault) {  // it is written anew
    log_debug(std::string("what was remembered of plugins is lost: ") + fault.what());
  }
  return Config::object();
}

struct Ended {
  std::string words;          // what the child said
  std::optional<int> status;  // of waitpid; none: it was stopped after kSeconds
};

Ended run(const std::string& tool, const std::string& library) {
  Child child(tool, {library}, Child::Output::nowhere);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(kSeconds);
  Ended ended;
  while (child.listen(ended.words, until) && std::chrono::steady_clock::now() < until) {
  }
  ended.status = child.end();
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
  known_ = memory_in(file);
  trusted_ = file.empty() || !fs::exists(file) || written_by_us(file);
}

// Adds to the library's entry, or makes it.
void Probes::remember(const std::string& real, const Config& members) {
  const auto add_to = [&](Config& known) {
    known = with_room(known);
    const Config* before = known.find(real);
    Config entry = before != nullptr && before->is_object() ? *before : Config::object();
    for (const auto& [name, value] : members.members()) entry.put(name, value);
    known.put(real, entry);
  };
  add_to(known_);
  const std::string file = memory_file();
  if (file.empty()) return;
  try {
    make_folders(fs::path(file).parent_path().string());
    const Lock lock(file);
    Config now = memory_in(file);
    add_to(now);
    write_file(file, write_json(now) + "\n");
  } catch (const Error& fault) {  // a home that cannot be written: tried again the next time
    log_debug(std::string("nothing is remembered of plugins: ") + fault.what());
  }
}

void Probes::name(const std::string& real, const PluginInfo& info, const std::string& bytes) {
  read();
  const Config members =
      Config::object({{"name", info.name}, {"version", info.version}, {"sha256", info.sha256}, {"bytes", bytes}});
  if (const Config* entry = known_.find(real); entry != nullptr && trusted_) {
    bool same = true;
    for (const auto& [name, value] : members.members()) same = same && has_text(*entry, name.c_str(), value.string());
    if (same) return;
  }
  if (!trusted_) {  // what others may have written is not taken over
    std::error_code ignored;
    fs::remove(memory_file(), ignored);
    known_ = Config::object();
    trusted_ = true;
  }
  remember(real, members);
}

std::vector<Probes::Named> Probes::named(const PluginInfo& record) {
  read();
  std::vector<Named> out;
  if (!trusted_) return out;
  for (const auto& [real, entry] : known_.members()) {
    if (!was_named(entry) || !has_text(entry, "name", record.name) || !has_text(entry, "version", record.version))
      continue;
    if (!has_text(entry, "sha256", record.sha256) && !has_text(entry, "bytes", record.sha256)) continue;
    if (const Config* bytes = entry.find("bytes"); bytes->is_string()) out.push_back({real, bytes->string()});
  }
  return out;
}

void Probes::check(const std::string& real, const std::string& file) {
  const std::string own = own_library(), library = stamp(real), host = stamp(own);
  read();
  if (const Config* entry = known_.find(real); entry != nullptr && entry->is_object()) {
    const Config* verdict = entry->find("fault");
    if (has_text(*entry, "file", library) && has_text(*entry, "host", host) && verdict != nullptr &&
        verdict->is_string()) {
      if (verdict->string().empty()) return;
      throw dead(file, verdict->string() + " (remembered until the file changes)");
    }
  }
  const std::string tool = tool_file("strata-probe");
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
