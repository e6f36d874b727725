// What came of a library's first loading is remembered until its file changes; what ends the process that loads it is
// among the kinds of rounds_test.cpp.
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "host/host.hpp"

using strata::test::thrown;
using namespace host_test;

namespace {

// Whether the process is gone; what nobody has waited for yet counts.
bool gone(const std::string& process) {
  std::ifstream file("/proc/" + process + "/stat");
  std::string text;
  std::getline(file, text);
  const std::size_t name_end = text.rfind(')');
  return name_end == std::string::npos || text.compare(name_end, 3, ") Z") == 0;
}

// The process that the plugin has written to the file, once it is gone; empty when it stays.
std::string left_behind(const std::string& file) {
  std::string process = strata::read_file(file);
  BOOST_TEST(!process.empty());
  for (int i = 0; i < 1000 && !gone(process); ++i) usleep(10000);  // a signal takes its time
  BOOST_TEST(gone(process), process << " is still there");
  return process;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(probe)

BOOST_AUTO_TEST_CASE(a_hang_is_remembered) {
  const Memory memory;
  const std::string file = built("register_hang");
  for (const char* says : {"within 5 s", "within 5 s (remembered until the file changes)"}) {
    Fresh fresh;
    const strata::Error fault = thrown([&] { fresh.host.load(file); });
    BOOST_TEST(fault.code() == "E_PLUGIN_PROBE");
    BOOST_TEST(fault.place() == file);
    BOOST_TEST(std::string(fault.what()).find(says) != std::string::npos, fault.what());
  }
}

// A verdict is that of one libstrata: another may crash where this one does not.
BOOST_AUTO_TEST_CASE(a_verdict_is_remembered_until_the_host_changes) {
  const Memory memory;
  const std::string good = memory.folder / "good_for_all.so", bad = memory.folder / "bad_for_all.so";
  fs::copy_file(built("hello"), good);
  fs::copy_file(built("register_crash"), bad);
  const auto says = [&](const std::string& file) {
    Fresh fresh;
    try {
      fresh.host.load(file);
      return std::string();
    } catch (const strata::Error& fault) {
      return std::string(fault.what());
    }
  };
  BOOST_TEST(says(good).empty());
  BOOST_TEST(!says(bad).empty());
  const strata::Config before = strata::read_json(memory.file());
  strata::Config other = before;
  for (const std::string& file : {good, bad}) {
    strata::Config entry = before.at(file);
    entry.put("host", "of another build");
    other.put(file, entry);
  }
  strata::write_file(memory.file(), strata::write_json(other));
  BOOST_TEST(says(good).empty());
  BOOST_TEST(says(bad).find("remembered") == std::string::npos);
  const strata::Config after = strata::read_json(memory.file());
  for (const std::string& file : {good, bad}) BOOST_TEST((after.at(file) == before.at(file)), file);
}

BOOST_AUTO_TEST_CASE(what_a_plugin_spawned_ends_with_its_probe) {
  const Memory memory;
  const std::string file = memory.folder / "child";
  setenv("CHILD_OF_PLUGIN", file.c_str(), 1);
  Fresh fresh;
  strata::test::check_throws([&] { fresh.host.load(built("register_leave_a_child")); }, "E_PLUGIN_PROBE",
                             built("register_leave_a_child"));
  const std::string of_the_bad = left_behind(file);
  fs::remove(file);
  fresh.host.load(built("register_leave_a_child_well"));
  BOOST_TEST(left_behind(file) != of_the_bad);
  unsetenv("CHILD_OF_PLUGIN");
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
