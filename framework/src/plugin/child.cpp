// posix_spawn, a pipe, and waiting without reaping.
#include "plugin/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>

#include "plugin/library.hpp"
#include "plugin/probe_words.hpp"
#include "strata/core/error.hpp"

namespace strata::detail {

using Clock = std::chrono::steady_clock;

Child::Child(const std::string& tool, const std::vector<std::string>& arguments, Output output) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw Error("E_IO_READ", tool, std::strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  if (output == Output::nowhere) {
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  } else {
    posix_spawn_file_actions_adddup2(&actions, 2, 1);
  }
  posix_spawn_file_actions_adddup2(&actions, ends[1], kProbeWords);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;  // signals that this process ignores would be ignored there, too
  sigemptyset(&defaults);
  for (const int signal : {SIGPIPE, SIGXFSZ}) sigaddset(&defaults, signal);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setpgroup(&attributes, 0);
  std::vector<std::string> words = {tool};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const int fault = posix_spawn(&process_, tool.c_str(), &actions, &attributes, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  close(ends[1]);
  words_ = ends[0];
  fcntl(words_, F_SETFL, O_NONBLOCK);
  if (fault == 0) return;
  close(words_);
  throw Error("E_IO_READ", tool, std::string("cannot be run: ") + std::strerror(fault));
}

Child::~Child() { end(); }

bool Child::listen(std::string& words, Clock::time_point until) {
  constexpr std::size_t kMost = std::size_t{1} << 20U;
  // The end of the child counts, not that of the pipe: a process that it left behind may keep that open.
  while (!ended_) {
    constexpr int kLook = 2;  // ms
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left <= 0) return true;
    pollfd wait{words_, POLLIN, 0};
    poll(&wait, 1, static_cast<int>(std::min<std::int64_t>(kLook, left)));
    siginfo_t info{};
    ended_ =
        waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == process_;
    const std::size_t before = words.size();
    char buffer[4096];
    for (ssize_t got = 1; got > 0 && words.size() < kMost;) {  // after the look: all that it said is there
      got = ::read(words_, buffer, sizeof(buffer));
      if (got > 0) words.append(buffer, static_cast<std::size_t>(got));
    }
    if (words.size() > before) return !ended_;
    if ((wait.revents & POLLHUP) != 0 && !ended_) usleep(kLook * 500);
  }
  return false;
}

std::optional<int> Child::end() {
  if (words_ < 0) return {};
  kill(-process_, SIGKILL);  // the group: the child itself, or what it has left behind
  int status = 0;
  while (waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  close(words_);
  words_ = -1;
  return ended_ ? std::optional(status) : std::nullopt;
}

std::string tool_file(const std::string& name) {
  return (std::filesystem::path(own_library()).parent_path() / "strata/tools" / name).string();
}

std::string ending_text(int status) {
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    return "crashed: signal " + std::to_string(number) + " (" + strsignal(number) + ")";
  }
  return "ended the process with exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace strata::detail
