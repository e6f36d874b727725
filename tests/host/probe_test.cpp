// What came of a library's first loading is remembered until its file changes; what ends the process that loads it is
// among the kinds of rounds_test.cpp.
#include <sys/stat.h>

#include <chrono>
#include <functional>

#include "host/host.hpp"

using strata::test::thrown;
using namespace host_test;

namespace {

double seconds_of(const std::function<void()>& call) {
  const auto start = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(probe)

// The first time costs the five seconds that the library is given; after that its verdict is known without a try.
BOOST_AUTO_TEST_CASE(a_remembered_verdict_is_fast) {
  const Memory memory;
  const std::string file = built("register_hang");
  const auto attempt = [&](const std::string& says) {
    Fresh fresh;
    strata::Error fault("", "", "");
    const double seconds = seconds_of([&] { fault = thrown([&] { fresh.host.load(file); }); });
    BOOST_TEST(fault.code() == "E_PLUGIN_PROBE");
    BOOST_TEST(fault.place() == file);
    BOOST_TEST(std::string(fault.what()).find(says) != std::string::npos, fault.what());
    return seconds;
  };
  const double first = attempt("within 5 s"), second = attempt("within 5 s (remembered until the file changes)");
  BOOST_TEST_MESSAGE("tried in " << first << " s, remembered in " << second << " s");
  BOOST_TEST(first >= 5);
  BOOST_TEST(second < first / 2);
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

// The system's loader would answer with the library that it has.
BOOST_AUTO_TEST_CASE(a_library_that_was_replaced_needs_a_new_process) {
  const Memory memory;
  const std::string file = memory.folder / "replaced.so";
  fs::copy_file(built("hello"), file);
  Fresh first;
  first.host.load(file);
  Fresh again;
  again.host.load(file);
  fs::remove(file);
  fs::copy_file(built("twin"), file);
  Fresh later;
  strata::test::check_throws([&] { later.host.load(file); }, "E_PLUGIN_LOAD", file, "has changed since");
  BOOST_TEST(later.registry.components().empty());
  later.check_alive();
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
