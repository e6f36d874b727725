// `strata plugins test` as a user runs it: however the checks end, nothing stays in the folder for temporary files.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "check/rows.hpp"
#include "strata/core/file.hpp"

namespace {

namespace fs = std::filesystem;

// A folder for temporary files, and for what is remembered of plugins.
struct Temporary {
  fs::path path;
  Temporary() {
    std::string pattern = (fs::temp_directory_path() / "strata-apart-XXXXXX").string();
    BOOST_REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path = pattern;
    fs::create_directories(path / "temporary");
  }
  ~Temporary() { fs::remove_all(path); }
  fs::path folder() const { return path / "temporary"; }
  bool empty() const { return fs::is_empty(folder()); }
  // Whether the tokenizer has saved its file there.
  bool has_vocabulary() const {
    std::error_code fault;
    for (fs::recursive_directory_iterator at(folder(), fault), end; !fault && at != end; at.increment(fault)) {
      if (at->path().filename() == "vocab.txt") return true;
    }
    return false;
  }
};

class Program {
 public:
  Program(const Temporary& temporary, const std::string& fault, const std::string& limit) {
    const std::string plugin = strata::test::kBuilt + "/tests/check/plugins/none/faulty_tokenizer.so";
    words_ = {strata::test::kBuilt + "/bin/strata", "plugins", "test", plugin, "tokenizer/faulty", "--options",
              R"({"fault": ")" + fault + R"("})",   "--limit", limit};
    for (char** one = environ; *one != nullptr; ++one) {
      const std::string text = *one;
      if (!text.starts_with("TMPDIR=") && !text.starts_with("XDG_CACHE_HOME=")) environment_.push_back(text);
    }
    environment_.push_back("TMPDIR=" + temporary.folder().string());
    environment_.push_back("XDG_CACHE_HOME=" + temporary.path.string());
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (const int descriptor : {1, 2}) {
      const std::string out = (temporary.path / ("out" + std::to_string(descriptor))).string();
      posix_spawn_file_actions_addopen(&actions, descriptor, out.c_str(), O_WRONLY | O_CREAT, 0666);
    }
    posix_spawnattr_t attributes;  // a signal that the test runner ignores would be ignored there, too
    posix_spawnattr_init(&attributes);
    sigset_t defaults;
    sigemptyset(&defaults);
    for (const int signal : {SIGINT, SIGTERM}) sigaddset(&defaults, signal);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    const std::vector<char*> words = pointers(words_), environment = pointers(environment_);
    BOOST_REQUIRE(posix_spawn(&process_, words[0], &actions, &attributes, words.data(), environment.data()) == 0);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  ~Program() {
    if (process_ > 0) kill(process_, SIGKILL);
    if (process_ > 0) wait();
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void signal(int number) const { kill(process_, number); }
  bool ended() {
    siginfo_t info{};
    return waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
  }
  // Its exit code, or minus the signal that ended it.
  int wait() {
    int status = 0;
    while (waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = 0;
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  }

 private:
  static std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> out;
    for (std::string& word : words) out.push_back(word.data());
    out.push_back(nullptr);
    return out;
  }

  std::vector<std::string> words_, environment_;
  pid_t process_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(apart)

BOOST_AUTO_TEST_CASE(a_request_to_stop_leaves_nothing) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const Temporary temporary;
    Program program(temporary, "endless", "600");
    while (!temporary.has_vocabulary() && !program.ended()) usleep(2000);
    BOOST_TEST(!temporary.empty());  // else the test would test nothing
    program.signal(signal);
    BOOST_TEST(program.wait() == 75);
    BOOST_TEST(temporary.empty());
    const std::string words = strata::read_file((temporary.path / "out2").string());
    BOOST_TEST_MESSAGE(words);
    BOOST_TEST(words.find("error[E_STOPPED] tokenizer/faulty: stopped on request, while the check \"file\" ran") !=
               std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_check_that_hangs_or_crashes_leaves_nothing) {
  for (const auto& [fault, limit] : {std::pair("endless", "5"), std::pair("crash", "600")}) {
    const Temporary temporary;
    Program program(temporary, fault, limit);
    BOOST_TEST(program.wait() == 6);
    BOOST_TEST(temporary.empty(), fault);
    const std::string words = strata::read_file((temporary.path / "out1").string());
    BOOST_TEST_MESSAGE(words);
    BOOST_TEST(words.find("FAILED") != std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()
