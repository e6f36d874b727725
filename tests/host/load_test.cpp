// Good plugins: loaded once, found through manifests, with what they need, recorded with their hash.
#include <dlfcn.h>

#include <cstdlib>

#include "host/host.hpp"
#include "strata/core/log.hpp"

using strata::test::check_throws;
using namespace host_test;

BOOST_AUTO_TEST_SUITE(load)

BOOST_AUTO_TEST_CASE(a_plugin_is_loaded_once_and_recorded) {
  Fresh fresh;
  const strata::PluginInfo info = fresh.host.load(built("hello"));
  BOOST_TEST(info.name == "hello");
  BOOST_TEST(info.version == "1.2.3");
  BOOST_TEST(info.sha256 == strata::read_json(strata::manifest_path(built("hello"))).at("checksum").string());
  const std::string again = std::string(STRATA_BINARY_DIR) + "/tests/host/../host/plugins/hello/hello.so";
  BOOST_TEST(fresh.host.load(again).file == built("hello"));
  BOOST_TEST(fresh.host.loaded().size() == 1U);
  BOOST_TEST(fresh.registry.component("greeter", "hello").plugin.file == built("hello"));
  const strata::Config spec = strata::parse_json(R"({"type": "hello", "times": 2})", "r.json");
  BOOST_TEST(fresh.registry.make<Greeter>(spec, {.whom = "all"})->greet() == "hello hello all");
  const strata::Config wrong = strata::parse_json(R"({"type": "hello", "times": 10})", "r.json");
  check_throws([&] { fresh.registry.make<Greeter>(wrong, {}); }, "E_CONFIG_RANGE", "r.json:/times");
}

BOOST_AUTO_TEST_CASE(listing_reads_manifests_and_loads_nothing) {
  const Folder folder;
  folder.copy("hello");
  folder.copy("needy");
  Fresh fresh;
  fresh.host.add_directory(folder.path);
  const auto list = fresh.registry.components("greeter");
  BOOST_REQUIRE(list.size() == 2U);
  BOOST_TEST(list[0].name == "hello");
  BOOST_TEST(list[0].description == "says hello");
  BOOST_TEST(list[0].plugin.version == "1.2.3");
  BOOST_TEST(list[0].options.at(0).allowed() == "1 <= times <= 9");
  BOOST_TEST(list[0].options.at(0).fallback.integer() == 1);
  BOOST_TEST(list[1].needs.at(0) == "greeter/hello");
  BOOST_TEST(fresh.host.loaded().empty());
  BOOST_TEST(dlopen((folder / "hello.so").c_str(), RTLD_NOW | RTLD_NOLOAD) == nullptr);
}

BOOST_AUTO_TEST_CASE(asking_loads_what_provides_it_and_what_that_needs) {
  const Folder folder;
  folder.copy("hello");
  folder.copy("needy");
  Fresh fresh;
  fresh.host.add_directory(folder.path);
  BOOST_TEST(fresh.registry.make<Greeter>("needy", {.whom = "me"})->greet() == "needy me");
  BOOST_REQUIRE(fresh.host.loaded().size() == 2U);
  BOOST_TEST(fresh.host.loaded()[0].name == "hello");
  check_throws([&] { fresh.registry.make<Greeter>("helo"); }, "E_CONFIG_COMPONENT", "", "did you mean \"hello\"?");
}

BOOST_AUTO_TEST_CASE(what_is_needed_and_nowhere_is_named) {
  const Folder folder;
  folder.copy("needy");
  Fresh fresh;
  fresh.host.add_directory(folder.path);
  check_throws([&] { fresh.registry.make<Greeter>("needy"); }, "E_PLUGIN_NEEDS", folder / "needy.so",
               "greeter/needy needs greeter/hello");
  BOOST_TEST(fresh.host.loaded().empty());
}

BOOST_AUTO_TEST_CASE(the_earlier_folder_counts_and_two_providers_are_an_error) {
  const Folder folder;
  fs::create_directories(folder.path / "a");
  fs::copy_file(built("hello"), folder.path / "a/hello.so");
  fs::copy_file(fs::path(built("hello")).replace_extension(".plugin.json"), folder.path / "a/hello.plugin.json");
  folder.copy("hello");
  Fresh fresh;
  fresh.host.add_directory(folder.path / "a");
  fresh.host.add_directory(folder.path);
  fresh.registry.make<Greeter>("hello");
  BOOST_TEST(fresh.host.loaded().at(0).file == folder / "a/hello.so");

  folder.copy("twin");
  Fresh both;
  both.host.add_directory(folder.path);
  check_throws([&] { both.registry.make<Greeter>("hello"); }, "E_PLUGIN_DUPLICATE", folder / "twin.so",
               "greeter/hello is also in " + (folder / "hello.so"));
}

BOOST_AUTO_TEST_CASE(broken_manifests_are_told_and_passed_over) {
  const Folder folder;
  folder.copy("hello");
  strata::write_file(folder / "a.plugin.json", "{\"plugin\": 3}");
  strata::write_file(folder / "b.plugin.json", "{");
  strata::write_file(folder / "c.plugin.json",
                     R"({"plugin": "c", "version": "1", "library": "../c.so", "components": []})");
  strata::write_file(folder / "d.plugin.json",
                     R"({"plugin": "d", "version": "1", "library": "hello.so", "extensions": [], "components":
    [{"role": "greeter", "name": "promised", "description": "not there", "options": []}]})");
  const auto before = strata::set_log_sink([](strata::LogLevel, std::string_view) {});
  Fresh fresh;
  fresh.host.add_directory(folder.path);
  strata::set_log_sink(before);
  const auto problems = fresh.host.problems();
  BOOST_REQUIRE(problems.size() == 3U);
  for (const strata::Error& problem : problems) BOOST_TEST(problem.code() == "E_PLUGIN_MANIFEST");
  BOOST_TEST(problems[0].place() == folder / "a.plugin.json" + ":/plugin");
  BOOST_TEST(problems[1].place() == folder / "b.plugin.json" + ":1:2");
  check_throws([&] { fresh.registry.make<Greeter>("promised"); }, "E_PLUGIN_MANIFEST", folder / "hello.plugin.json",
               "greeter/promised");
  fresh.registry.make<Greeter>("hello");
}

// Damage in code may show at any time, so what runs well once proves little. Here the byte that differs is of a
// version.
BOOST_AUTO_TEST_CASE(a_library_is_what_its_manifest_was_made_of) {
  const Folder folder;
  folder.copy("hello");
  std::string bytes = strata::read_file(folder / "hello.so");
  const std::size_t at = bytes.find("1.2.3");
  BOOST_REQUIRE(at != std::string::npos);
  bytes[at] = '2';
  strata::write_file(folder / "hello.so", bytes);
  Fresh fresh;
  check_throws([&] { fresh.host.load(folder / "hello.so"); }, "E_PLUGIN_FILE", folder / "hello.so", "its checksum is ");
  BOOST_TEST(fresh.registry.components().empty());
}

BOOST_AUTO_TEST_CASE(a_manifest_names_a_library_of_its_own_folder) {
  const Folder folder;
  folder.copy("hello");
  strata::Config manifest = strata::read_json(folder / "hello.plugin.json");
  for (const std::string& library : {std::string("../hello.so"), folder / "hello.so", std::string()}) {
    manifest.put("library", library);
    strata::write_file(folder / "hello.plugin.json", strata::write_json(manifest));
    Fresh fresh;
    check_throws([&] { fresh.host.load(folder / "hello.so"); }, "E_PLUGIN_MANIFEST",
                 folder / "hello.plugin.json:/library", "names no file of its own folder");
    BOOST_TEST(fresh.registry.components().empty());
  }
}

BOOST_AUTO_TEST_CASE(a_component_of_the_search_path_is_not_shadowed) {
  const Folder folder;
  folder.copy("hello");
  Fresh fresh;
  fresh.host.add_directory(folder.path);
  check_throws([&] { fresh.host.load(built("twin")); }, "E_PLUGIN_DUPLICATE", built("twin"),
               "greeter/hello is also in " + (folder / "hello.so"));
  BOOST_TEST(fresh.host.loaded().empty());
  BOOST_TEST(fresh.host.named().empty());
  // A plugin that has the name of one there stands in for all of it; a word is said when it is no copy.
  std::vector<std::string> words;
  const auto before = strata::set_log_sink([&](strata::LogLevel, std::string_view line) { words.emplace_back(line); });
  fresh.host.load(built("hello"));
  BOOST_TEST(words.empty());
  fs::remove(folder / "hello.so");
  strata::Config manifest = strata::read_json(folder / "hello.plugin.json");
  manifest.put("checksum", "of another build");
  strata::write_file(folder / "hello.plugin.json", strata::write_json(manifest));
  Fresh other;
  other.host.add_directory(folder.path);
  other.host.load(built("hello"));
  strata::set_log_sink(before);
  BOOST_REQUIRE(words.size() == 1U);
  BOOST_TEST(words[0].find("plugin hello of " + built("hello") + " is used in place of " + (folder / "hello.so")) !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_search_path) {
  const Folder folder;
  folder.copy("hello");
  setenv("STRATA_PLUGIN_PATH", (":" + folder.path.string() + ":").c_str(), 1);
  Fresh fresh;
  fresh.host.add_default_directories();
  BOOST_TEST(fresh.registry.has("greeter", "hello"));
  // The plugins of this tree stand beside the program and libstrata.
  BOOST_TEST(fresh.registry.has("tokenizer", "word"));
  setenv("STRATA_PLUGIN_PATH", (folder / "none").c_str(), 1);
  Fresh other;
  check_throws([&] { other.host.add_default_directories(); }, "E_PLUGIN_PATH", "STRATA_PLUGIN_PATH", folder / "none");
  unsetenv("STRATA_PLUGIN_PATH");
  check_throws([&] { other.host.add_directory(built("hello")); }, "E_PLUGIN_PATH", built("hello"));
}

BOOST_AUTO_TEST_SUITE_END()
