// Options: one visit lists, reads, checks and dumps; every fault has its code and place.
#include "strata/core/options.hpp"

#include "strata/core/json.hpp"
#include "throws.hpp"

using strata::Config;
using strata::parse_json;
using strata::test::check_throws;

namespace {

enum class Reduce { mean, sum };

struct Inner {
  int steps = 3;
  double decay = 0.9;
  void visit(auto& option) {
    option("steps", steps, "how many").range(1, 5);
    option("decay", decay, "per step").min(0).below(1);
  }
};

struct Part {
  std::string of;
  double share = 1;
  void visit(auto& option) {
    option("of", of, "what it is a part of").required();
    option("share", share, "of the whole").min(0);
  }
};

struct Base {
  std::int64_t heads = 8;
  void visit(auto& option) { option("heads", heads, "attention heads").range(1, 64); }
};

struct Options : Base {
  double lr = 1e-3;
  bool bias = true;
  std::string unit = "word", name;
  Reduce reduce = Reduce::sum;
  std::optional<double> clip;
  std::optional<std::int64_t> limit = 5;
  std::optional<std::string> note;
  std::vector<std::int64_t> widths = {1, 2};
  std::vector<double> betas = {0.9, 0.999};
  std::vector<std::string> tags;
  Config kernels = Config::object();
  Inner inner;
  std::vector<Part> parts;
  void visit(auto& option) {
    Base::visit(option);
    option("lr", lr, "step size").above(0).max(10);
    option("bias", bias, "add one");
    option("unit", unit, "of length").one_of({"word", "char"});
    option("name", name, "what to call it").required();
    option("reduce", reduce, "over the batch", {{"mean", Reduce::mean}, {"sum", Reduce::sum}});
    option("clip", clip, "gradient norm").above(0);
    option("limit", limit, "or none");
    option("note", note, "or none");
    option("widths", widths, "of layers").range(1, 4096);
    option("betas", betas, "decay of both moments").min(0).below(1);
    option("tags", tags, "free words").one_of({"a", "b"});
    option("kernels", kernels, "op to kernel");
    option("inner", inner, "a group");
    option("parts", parts, "a list of groups");
  }
};

Options parsed(const std::string& text) { return strata::parse_options<Options>(parse_json(text, "r.json")); }

}  // namespace

BOOST_AUTO_TEST_SUITE(options)

BOOST_AUTO_TEST_CASE(reads_what_is_given_and_keeps_defaults) {
  const Options o = parsed(R"({"name": "x", "heads": 4, "lr": 10, "bias": false, "unit": "char", "reduce": "mean",
    "clip": 1, "limit": null, "note": "n", "widths": [3], "betas": [0.5, 0], "tags": ["b", "a"],
    "kernels": {"lstm": "plain"}, "inner": {"steps": 5}, "parts": [{"of": "a"}, {"of": "b", "share": 0.5}]})");
  BOOST_TEST(o.parts.size() == 2U);
  BOOST_TEST(o.parts[0].share == 1.0);
  BOOST_TEST(o.parts[1].of == "b");
  BOOST_TEST(o.parts[1].share == 0.5);
  BOOST_TEST(o.heads == 4);
  BOOST_TEST(o.lr == 10.0);
  BOOST_TEST(!o.bias);
  BOOST_TEST(o.unit == "char");
  BOOST_TEST((o.reduce == Reduce::mean));
  BOOST_TEST(o.clip.value() == 1.0);
  BOOST_TEST(!o.limit.has_value());
  BOOST_TEST(o.note.value() == "n");
  BOOST_TEST(o.widths.size() == 1U);
  BOOST_TEST(o.betas[0] == 0.5);
  BOOST_TEST(o.tags[1] == "a");
  BOOST_TEST(o.kernels.at("lstm").string() == "plain");
  BOOST_TEST(o.inner.steps == 5);
  BOOST_TEST(o.inner.decay == 0.9);
  const Options d = parsed(R"({"name": "x"})");
  BOOST_TEST(d.lr == 1e-3);
  BOOST_TEST(d.limit.value() == 5);
}

BOOST_AUTO_TEST_CASE(faults_have_code_place_and_hint) {
  struct Case {
    const char *text, *code, *place, *says;
  };
  const Case cases[] = {
      {R"({"name": "x", "heads": 0})", "E_CONFIG_RANGE", "r.json:/heads",
       "0 is out of range (allowed: 1 <= heads <= 64)"},
      {R"({"name": "x", "lr": 0})", "E_CONFIG_RANGE", "r.json:/lr", "(allowed: 0 < lr <= 10)"},
      {R"({"name": "x", "lr": 10.5})", "E_CONFIG_RANGE", "r.json:/lr", "10.5 is out of range"},
      {R"({"name": "x", "lr": "inf"})", "E_CONFIG_RANGE", "r.json:/lr", "inf is not finite (allowed: 0 < lr <= 10)"},
      {R"({"name": "x", "lr": "-NaN"})", "E_CONFIG_RANGE", "r.json:/lr", "-nan is not finite"},
      {R"({"name": "x", "lr": "fast"})", "E_CONFIG_TYPE", "r.json:/lr", "expects a number, got the string \"fast\""},
      {R"({"name": "x", "lr": null})", "E_CONFIG_TYPE", "r.json:/lr", "got null"},
      {R"({"name": "x", "heads": 2.5})", "E_CONFIG_TYPE", "r.json:/heads", "expects an integer, got the number 2.5"},
      {R"({"name": "x", "bias": 1})", "E_CONFIG_TYPE", "r.json:/bias", "expects true or false"},
      {R"({"name": "x", "unit": "line"})", "E_CONFIG_RANGE", "r.json:/unit",
       "\"line\" is not allowed (one of: word, char)"},
      {R"({"name": "x", "reduce": "max"})", "E_CONFIG_RANGE", "r.json:/reduce", "(one of: mean, sum)"},
      {R"({"name": "x", "betas": [0.5, 1]})", "E_CONFIG_RANGE", "r.json:/betas/1", "allowed: 0 <= betas < 1"},
      {R"({"name": "x", "betas": 0.5})", "E_CONFIG_TYPE", "r.json:/betas", "expects a list"},
      {R"({"name": "x", "tags": ["c"]})", "E_CONFIG_RANGE", "r.json:/tags/0", "\"c\""},
      {R"({"name": "x", "inner": {"steps": 6}})", "E_CONFIG_RANGE", "r.json:/inner/steps", "allowed: 1 <= steps <= 5"},
      {R"({"name": "x", "inner": {"stpes": 6}})", "E_CONFIG_UNKNOWN", "r.json:/inner/stpes", "did you mean \"steps\"?"},
      {R"({"name": "x", "inner": 3})", "E_CONFIG_TYPE", "r.json:/inner", "expects an object"},
      {R"({"name": "x", "parts": [{"of": "a"}, {"of": "b", "share": -1}]})", "E_CONFIG_RANGE", "r.json:/parts/1/share",
       "allowed: share >= 0"},
      {R"({"name": "x", "parts": [{"fo": "a"}]})", "E_CONFIG_UNKNOWN", "r.json:/parts/0/fo", "did you mean \"of\"?"},
      {R"({"name": "x", "parts": [{"share": 2}]})", "E_CONFIG_MISSING", "r.json:/parts/0/of", "what it is a part of"},
      {R"({"name": "x", "parts": ["a"]})", "E_CONFIG_TYPE", "r.json:/parts/0", "expects an object"},
      {R"({"name": "x", "parts": {"of": "a"}})", "E_CONFIG_TYPE", "r.json:/parts", "expects a list"},
      {R"({"nmae": "x"})", "E_CONFIG_UNKNOWN", "r.json:/nmae", "did you mean \"name\"?"},
      {R"({"name": "x", "zzzzzzzz": 1})", "E_CONFIG_UNKNOWN", "r.json:/zzzzzzzz", "known: heads, lr"},
      {R"({"name": "x", "type": "y"})", "E_CONFIG_UNKNOWN", "r.json:/type", ""},
      {R"({})", "E_CONFIG_MISSING", "r.json:/name", "what to call it"},
      {R"([])", "E_CONFIG_TYPE", "r.json", "expects an object"},
  };
  for (const Case& each : cases) {
    BOOST_TEST_CONTEXT(each.text) {
      check_throws([&] { parsed(each.text); }, each.code, each.place, each.says);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_override_is_the_place_of_its_fault) {
  Config root = parse_json(R"({"name": "x"})", "r.json");
  root.set("lr", "11");
  check_throws([&] { strata::parse_options<Options>(root); }, "E_CONFIG_RANGE", "--set lr", "11 is out of range");
}

BOOST_AUTO_TEST_CASE(dump_reads_back_and_is_complete) {
  const Options o = parsed(R"({"name": "x", "clip": 2, "inner": {"steps": 2}, "parts": [{"of": "a"}]})");
  const Config dumped = strata::dump_options(o);
  BOOST_TEST(strata::write_json(dumped, 0) ==
             R"({"heads": 8, "lr": 0.001, "bias": true, "unit": "word", "name": "x", "reduce": "sum", "clip": 2.0, )"
             R"("limit": 5, "note": null, "widths": [1, 2], "betas": [0.9, 0.999], "tags": [], "kernels": {}, )"
             R"("inner": {"steps": 2, "decay": 0.9}, "parts": [{"of": "a", "share": 1.0}]})");
  BOOST_TEST((strata::dump_options(strata::parse_options<Options>(dumped)) == dumped));
}

BOOST_AUTO_TEST_CASE(listing_tells_type_default_and_range) {
  const auto list = strata::describe_options<Options>();
  BOOST_TEST(list.size() == 15U);
  BOOST_TEST(list[1].name == "lr");
  BOOST_TEST(list[1].type == "real");
  BOOST_TEST(list[1].allowed() == "0 < lr <= 10");
  BOOST_TEST(list[1].fallback.real() == 1e-3);
  BOOST_TEST(list[4].required);
  BOOST_TEST(list[4].fallback.is_null());
  BOOST_TEST(list[5].allowed() == "one of: mean, sum");
  BOOST_TEST(list[5].fallback.string() == "sum");
  BOOST_TEST(list[6].allowed() == "clip > 0");
  BOOST_TEST(list[9].type == "list of int");
  BOOST_TEST(list[13].group[1].allowed() == "0 <= decay < 1");
  BOOST_TEST(list[14].type == "list of groups");
  BOOST_TEST(list[14].fallback.items().empty());
  BOOST_TEST(list[14].group[0].required);
  for (const strata::OptionInfo& info : list) {  // through a manifest and back
    const Config held = info.to_config();
    BOOST_TEST((strata::OptionInfo::from_config(held).to_config() == held));
  }
}

BOOST_AUTO_TEST_SUITE_END()
