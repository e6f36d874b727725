// --set over a recipe, environment variables in paths, nearest names.
#include "strata/core/config.hpp"

#include <cstdlib>

#include "strata/core/json.hpp"
#include "strata/core/log.hpp"
#include "throws.hpp"

using strata::Config;
using strata::parse_json;
using strata::test::check_throws;

BOOST_AUTO_TEST_SUITE(config)

BOOST_AUTO_TEST_CASE(set_reads_json_or_takes_text) {
  Config root = parse_json(R"({"train": {"lr": 1, "tags": ["a", "b"]}})", "r.json");
  root.set("train.lr", "1e-3");
  root.set("train.optimizer.name", "adam");
  root.set("train.tags.1", "x y");
  root.set("train.flag", "true");
  root.set("train.quoted", "\"1\"");
  root.set("train.steps", "[1, 2]");
  root.set("train.unk", "[unk]");
  BOOST_TEST(root.find_path("train.lr")->real() == 1e-3);
  BOOST_TEST(root.find_path("train.lr")->place() == "--set train.lr");
  BOOST_TEST(root.find_path("train.optimizer.name")->string() == "adam");
  BOOST_TEST(root.find_path("train.tags.1")->string() == "x y");
  BOOST_TEST(root.find_path("train.tags.0")->place() == "r.json:/train/tags/0");
  BOOST_TEST(root.find_path("train.flag")->boolean());
  BOOST_TEST(root.find_path("train.quoted")->string() == "1");
  BOOST_TEST(root.find_path("train.steps.1")->place() == "--set train.steps:/1");
  BOOST_TEST(root.find_path("train.unk")->string() == "[unk]");
  root.set("train.lr", "2", "STRATA_TRAIN_LR");
  BOOST_TEST(root.find_path("train.lr")->place() == "STRATA_TRAIN_LR");
}

BOOST_AUTO_TEST_CASE(set_refuses_what_is_no_path) {
  Config root = parse_json(R"({"a": 1, "l": [1]})", "r.json");
  check_throws([&] { root.set("", "1"); }, "E_CONFIG_PATH", "--set ");
  check_throws([&] { root.set("a..b", "1"); }, "E_CONFIG_PATH", "--set a..b");
  check_throws([&] { root.set("a.b", "1"); }, "E_CONFIG_PATH", "--set a.b", "r.json:/a");
  check_throws([&] { root.set("l.1", "1"); }, "E_CONFIG_PATH", "--set l.1", "list of 1");
  check_throws([&] { root.set("l.x", "1"); }, "E_CONFIG_PATH", "--set l.x");
  check_throws([&] { root.set("a", "1e999"); }, "E_CONFIG_NUMBER", "--set a", "1e999");
  check_throws([&] { root.set("a", "{\"b\":1,\"b\":2}"); }, "E_CONFIG_DUPLICATE", "--set a:1:8");
}

BOOST_AUTO_TEST_CASE(another_type_drops_the_old_types_options) {
  const char* text = R"({"attention": {"type": "additive", "width": 64, "dropout": 0.1}})";
  std::string logged;
  const auto before = strata::set_log_sink([&](strata::LogLevel, std::string_view line) { logged += line; });
  Config root = parse_json(text, "r.json");
  root.set("attention.scale", "2");
  root.set("attention.type", "general");
  BOOST_TEST(strata::write_json(root, 0) == R"({"attention": {"type": "general", "scale": 2}})");
  BOOST_TEST(logged.find("width, dropout") != std::string::npos);
  Config same = parse_json(text, "r.json");
  same.set("attention.type", "additive");
  BOOST_TEST(same.find_path("attention.width")->integer() == 64);
  strata::set_log_sink(before);
}

BOOST_AUTO_TEST_CASE(a_bare_name_is_a_component_too) {
  Config root = parse_json(R"({"attention": "additive"})", "r.json");
  root.set("attention.width", "8");
  BOOST_TEST(strata::write_json(root, 0) == R"({"attention": {"type": "additive", "width": 8}})");
  root.set("attention", "general");
  BOOST_TEST(root.at("attention").string() == "general");
}

BOOST_AUTO_TEST_CASE(environment_in_paths) {
  setenv("STRATA_TEST_VALUE", "/data", 1);
  unsetenv("STRATA_TEST_UNSET");
  BOOST_TEST(strata::expand_environment("$STRATA_TEST_VALUE/a", "p") == "/data/a");
  BOOST_TEST(strata::expand_environment("x${STRATA_TEST_VALUE}y$$", "p") == "x/datay$");
  check_throws([] { strata::expand_environment("$STRATA_TEST_UNSET/a", "r.json:/p"); }, "E_CONFIG_ENVIRONMENT",
               "r.json:/p", "STRATA_TEST_UNSET");
  check_throws([] { strata::expand_environment("a$", "r.json:/p"); }, "E_CONFIG_ENVIRONMENT", "r.json:/p");
  check_throws([] { strata::expand_environment("${A", "r.json:/p"); }, "E_CONFIG_ENVIRONMENT", "r.json:/p");
}

BOOST_AUTO_TEST_CASE(nearest_names) {
  const std::vector<std::string> known = {"hidden", "layers", "dropout", "beam_size"};
  BOOST_TEST(strata::nearest_name("hiden", known) == "hidden");
  BOOST_TEST(strata::nearest_name("layer", known) == "layers");
  BOOST_TEST(strata::nearest_name("Beam-Size", known) == "beam_size");
  BOOST_TEST(strata::nearest_name("dorpout", known) == "dropout");
  BOOST_TEST(strata::nearest_name("temperature", known) == "");
}

BOOST_AUTO_TEST_SUITE_END()
