// What a checkpoint recorded of a plugin is loaded when it is installed, or when this user has named a library of that
// content before; never because the checkpoint says so.
#include <sys/stat.h>

#include <vector>

#include "host/host.hpp"
#include "strata/core/sha256.hpp"

using strata::PluginInfo;
using strata::test::check_throws;
using namespace host_test;

namespace {

constexpr const char* kPlace = "config.json:/plugins/0";

std::string sum_of(const std::string& name) {
  return strata::read_json(strata::manifest_path(built(name))).at("checksum").string();
}

PluginInfo record_of(const std::string& sha256) {
  return {.name = "hello", .version = "1.2.3", .file = "", .sha256 = sha256};
}

void check_untrusted(const PluginInfo& record, const std::string& says) {
  Fresh fresh;
  check_throws([&] { fresh.host.load_recorded(record, kPlace); }, "E_PLUGIN_UNTRUSTED", kPlace, says);
  BOOST_TEST(fresh.host.loaded().empty());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(recorded)

BOOST_AUTO_TEST_CASE(a_library_that_was_named_is_found_by_its_content) {
  const Memory memory;
  const std::string file = memory.folder / "mine.so";
  fs::copy_file(built("hello"), file);
  const PluginInfo record = record_of(sum_of("hello"));
  check_untrusted(record, "\"hello\" 1.2.3 is not installed");
  {
    Fresh fresh;
    fresh.host.load(file);
  }
  const std::vector<PluginInfo> known = {record,
                                         record_of(strata::sha256_file(file))};  // the second as of old checkpoints
  for (const PluginInfo& one : known) {
    Fresh fresh;
    BOOST_TEST(fresh.host.load_recorded(one, kPlace).file == fs::canonical(file).string());
    BOOST_TEST(fresh.host.named().size() == 1U);
    BOOST_TEST(fresh.registry.make<Greeter>("hello", {.whom = "you"})->greet() == "hello you");
  }
  check_untrusted(record_of(sum_of("twin")), "SHA-256");
  check_untrusted(record_of(""), "none is recorded");
  PluginInfo other = record;
  other.version = "1.2.4";
  check_untrusted(other, "\"hello\" 1.2.4");
  other = record;
  other.name = file;
  check_untrusted(other, "is not installed");
}

BOOST_AUTO_TEST_CASE(what_changed_since_it_was_named_is_not_found) {
  const Memory memory;
  const std::string file = memory.folder / "later.so", text = "says hello";
  fs::copy_file(built("hello"), file);
  {
    Fresh fresh;
    fresh.host.load(file);
  }
  const PluginInfo record = record_of(sum_of("hello"));
  const std::string whole = strata::read_file(file);
  strata::write_file(file, whole + "x");  // a loader reads the same, but who wrote it?
  check_untrusted(record, "of this content");
  fs::remove(file);
  fs::create_symlink(built("hello"), file);
  {
    Fresh fresh;  // the same bytes under the path that was named
    fresh.host.load_recorded(record, kPlace);
  }
  fs::remove(file);
  check_untrusted(record, "of this content");
}

BOOST_AUTO_TEST_CASE(a_memory_that_others_may_write_says_nothing) {
  const Memory memory;
  const std::string file = memory.folder / "open.so";
  fs::copy_file(built("hello"), file);
  const PluginInfo record = record_of(sum_of("hello"));
  const auto name_it = [&] {
    Fresh fresh;
    fresh.host.load(file);
  };
  name_it();
  BOOST_REQUIRE(chmod(memory.file().c_str(), 0666) == 0);
  check_untrusted(record, "of this content");
  name_it();  // the file is made anew
  Fresh fresh;
  fresh.host.load_recorded(record, kPlace);
}

BOOST_AUTO_TEST_CASE(what_only_the_search_path_brought_is_not_named) {
  const Memory memory;
  memory.folder.copy("hello");
  {
    Fresh fresh;
    fresh.host.add_directory(memory.folder.path);
    fresh.registry.make<Greeter>("hello");
    BOOST_TEST(fresh.host.named().empty());
  }
  check_untrusted(record_of(sum_of("hello")), "of this content");
}

BOOST_AUTO_TEST_CASE(the_search_path_is_trusted_by_name) {
  const Memory memory;
  memory.folder.copy("hello");
  for (const PluginInfo& record : {record_of(sum_of("hello")), record_of("0123"),
                                   PluginInfo{.name = "hello.so", .version = "", .file = "", .sha256 = ""}}) {
    Fresh fresh;
    fresh.host.add_directory(memory.folder.path);
    BOOST_TEST(fresh.host.load_recorded(record, kPlace).file == memory.folder / "hello.so");
    BOOST_TEST(fresh.host.load_recorded(record_of("4567"), kPlace).name == "hello");  // it is loaded already
    BOOST_TEST(fresh.host.loaded().size() == 1U);
  }
}

BOOST_AUTO_TEST_SUITE_END()
