// Libraries that would end the process that loads them: the host lives on, names the file and the cause, and remembers.
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>

#include "host/host.hpp"

using strata::test::thrown;
using namespace host_test;

namespace {

// What is remembered goes into a folder of the test's own.
struct Memory {
  Folder folder;
  std::string before = std::getenv("XDG_CACHE_HOME") == nullptr ? "" : std::getenv("XDG_CACHE_HOME");
  Memory() { setenv("XDG_CACHE_HOME", folder.path.c_str(), 1); }
  ~Memory() { before.empty() ? unsetenv("XDG_CACHE_HOME") : setenv("XDG_CACHE_HOME", before.c_str(), 1); }
  std::string file() const { return folder / "strata/probes.json"; }
};

double seconds_of(const std::function<void()>& call) {
  const auto start = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void refused(const std::string& name, const std::string& code, const std::string& says) {
  Fresh fresh;
  const std::string file = built(name);
  strata::Error fault("", "", "");
  const double seconds = seconds_of([&] { fault = thrown([&] { fresh.host.load(file); }); });
  BOOST_TEST_MESSAGE(name << ": " << seconds << " s");
  BOOST_TEST(fault.code() == code);
  BOOST_TEST(fault.place() == file);
  BOOST_TEST(std::string(fault.what()).find(says) != std::string::npos, fault.what());
  BOOST_TEST(fresh.registry.components().empty());
  BOOST_TEST(fresh.host.loaded().empty());
  fresh.check_alive();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(probe)

BOOST_AUTO_TEST_CASE(what_ends_a_process_ends_another_one) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  const std::string crashed = "while it was loaded";  // they turn a signal into an exit code
#else
  const std::string crashed = "crashed while it was loaded: signal ";
#endif
  const Memory memory;
  refused("register_crash", "E_PLUGIN_PROBE", crashed);
  refused("register_end", "E_PLUGIN_PROBE", "exit code 0");
  refused("register_overflow", "E_PLUGIN_PROBE", crashed);
  refused("register_leave_a_child", "E_PLUGIN_PROBE", "");
  refused("load_crash", "E_PLUGIN_PROBE", crashed);
  refused("load_end", "E_PLUGIN_PROBE", "exit code 0");
  refused("load_raise_int", "E_PLUGIN_PROBE", crashed);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  std::cout << "skip: a registration without end to its memory: the sanitizers bear no limit\n";
#else
  refused("register_devour", "E_PLUGIN_REGISTER", "bad_alloc");
#endif
}

BOOST_AUTO_TEST_CASE(what_never_returns_is_ended) {
  const Memory memory;
  refused("register_hang", "E_PLUGIN_PROBE", "within 5 s");
}

BOOST_AUTO_TEST_CASE(a_verdict_is_remembered_until_the_file_changes) {
  const Memory memory;
  const std::string file = memory.folder / "mine.so", remembered = "remembered until the file changes";
  const auto says = [&] {
    Fresh fresh;
    return std::string(thrown([&] { fresh.host.load(file); }).what());
  };
  fs::copy_file(built("register_crash"), file);
  BOOST_TEST(says().find(remembered) == std::string::npos);
  BOOST_TEST(says().find(remembered) != std::string::npos);
  fs::copy_file(built("hello"), file, fs::copy_options::overwrite_existing);
  Fresh fresh;
  fresh.host.load(file);
  BOOST_TEST(strata::read_json(memory.file()).at(file).at("fault").string().empty());
  // A good verdict counts, too: the file as it stands is not tried again.
  struct stat status = {};
  BOOST_REQUIRE(stat(memory.file().c_str(), &status) == 0);
  const auto written = fs::last_write_time(memory.file());
  Fresh again;
  again.host.load(file);
  BOOST_TEST((fs::last_write_time(memory.file()) == written));
}

BOOST_AUTO_TEST_CASE(a_damaged_memory_is_written_anew) {
  const Memory memory;
  fs::create_directories(fs::path(memory.file()).parent_path());
  for (const char* text : {"", "{", "[1]", R"({"/x": 1})"}) {
    strata::write_file(memory.file(), text);
    Fresh fresh;
    fresh.check_alive();
    BOOST_TEST(strata::read_json(memory.file()).is_object());
  }
  const std::string real = fs::canonical(built("hello")).string();
  strata::write_file(memory.file(), strata::write_json(strata::Config::object({{real, 3}})));
  Fresh fresh;
  fresh.check_alive();
}

BOOST_AUTO_TEST_CASE(a_home_that_cannot_be_written_only_forgets) {
  const Memory memory;
  strata::write_file(memory.folder / "strata", "a file where the folder would be");
  Fresh fresh;
  fresh.check_alive();
}

BOOST_AUTO_TEST_CASE(folders_that_everybody_may_write_into_are_refused) {
  const Folder folder;
  folder.copy("hello");
  BOOST_REQUIRE(chmod(folder.path.c_str(), 0777) == 0);
  Fresh fresh;
  strata::test::check_throws([&] { fresh.host.add_directory(folder.path); }, "E_PLUGIN_PATH", folder.path.string(),
                             "everybody may write");
  BOOST_REQUIRE(chmod(folder.path.c_str(), 0755) == 0);
  fresh.host.add_directory(folder.path);
  BOOST_TEST(fresh.registry.has("greeter", "hello"));
}

BOOST_AUTO_TEST_SUITE_END()
