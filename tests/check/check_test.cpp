// Every planted mistake is found, by the property that it breaks; what has none passes, the shelf of this house too.
#include "strata/check/check.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>

#include "check/rows.hpp"
#include "strata/core/error.hpp"
#include "strata/core/json.hpp"
#include "throws.hpp"

using strata::CheckRow;

using strata::test::failed;
using strata::test::finds_fault;
using strata::test::kBuilt;
using strata::test::shelf;

BOOST_AUTO_TEST_SUITE(check)

BOOST_AUTO_TEST_CASE(planted_mistakes_of_attention_are_found) {
  finds_fault("attention", "backward", "gradients");
  finds_fault("attention", "mask", "padding");
  finds_fault("attention", "axis", "weights");
  finds_fault("attention", "future", "causal");
  finds_fault("attention", "state", "state");
  finds_fault("attention", "chance", "determinism");
  finds_fault("attention", "unasked", "weights");
#if defined(STRATA_SANITIZED)
  BOOST_TEST_MESSAGE("the sanitizers find leaks by themselves");
#else
  finds_fault("attention", "leak", "memory");
#endif
}

BOOST_AUTO_TEST_CASE(planted_mistakes_of_cells_are_found) {
  finds_fault("cell", "parts", "shapes");
  finds_fault("cell", "lengths", "lengths");
  finds_fault("cell", "reverse", "sequence");
}

BOOST_AUTO_TEST_CASE(planted_mistakes_of_layers_are_found) {
  finds_fault("layer", "padding", "padding");
  finds_fault("layer", "batch", "batch");
  finds_fault("layer", "state", "state");
  finds_fault("layer", "shape", "shapes");
}

BOOST_AUTO_TEST_CASE(planted_mistakes_of_models_are_found) {
  finds_fault("model", "weight", "batch");
  finds_fault("model", "mean", "steps");
  finds_fault("model", "parts", "loss");
  finds_fault("model", "shared", "steps");
  finds_fault("model", "reorder", "reorder");
  finds_fault("model", "scores", "scores");
  finds_fault("model", "states", "states");
  finds_fault("model", "width", "states");
  finds_fault("model", "padding", "batch");
  finds_fault("model", "cut", "gradients");
  finds_fault("model", "levels", "levels");
  finds_fault("model", "smoothed", "loss");
  finds_fault("model", "evaluation", "evaluation");
  finds_fault("model", "shared mask", "random keys");
}

BOOST_AUTO_TEST_CASE(without_a_mistake_all_pass) {
  for (const char* role : {"attention", "cell", "layer", "model"}) strata::test::passes(role);
}

// The same sums on whatever else can compute here.
BOOST_AUTO_TEST_CASE(other_devices_are_compared) {
  const auto row_with = [](const std::string& device) {
    strata::Registry registry;
    strata::PluginHost host(registry);
    host.load(kBuilt + "/tests/check/plugins/none/faulty_layer.so");
    if (!device.empty()) host.load(kBuilt + "/tests/check/plugins/" + device + "/second_device.so");
    strata::CheckOptions options;
    options.skip_training = true;
    const auto rows = strata::check_component("layer", strata::Config("faulty"), options, {registry, &host});
    const auto row =
        std::find_if(rows.begin(), rows.end(), [](const CheckRow& one) { return one.property == "devices"; });
    BOOST_REQUIRE((row != rows.end()));
    BOOST_TEST_MESSAGE(device << ": " << row->detail);
    return *row;
  };
  BOOST_TEST((row_with("").verdict == CheckRow::Verdict::skipped));
  BOOST_TEST((row_with("none").verdict == CheckRow::Verdict::passed));
  BOOST_TEST((row_with("copies").verdict == CheckRow::Verdict::failed));
  BOOST_TEST(row_with("absent").detail == "second: cannot run here: it is not plugged in");
}

// What our own plugins promise, training included: the same door, the same checks.
BOOST_AUTO_TEST_CASE(the_shelf_of_this_house_passes) {
  strata::PluginHost& host = shelf();
  for (const strata::ComponentInfo& info : strata::default_registry().components()) {
    // The other roles have files of their own here.
    const std::set<std::string> here = {"attention", "cell", "layer", "model"};
    if (!here.contains(info.role)) continue;
    strata::Config spec(info.name);
    if (info.role == "model" && info.name == "transformer") {  // by default it is the paper's base model
      spec = strata::parse_json(
          R"({"type": "transformer", "width": 32, "encoder": {"layers": 1}, "decoder": {"layers": 1}, "block": {"type": "transformer",
              "feed_forward": {"type": "feed_forward", "hidden": 64, "activation": "gelu"}}})",
          "test");
    }
    const std::vector<CheckRow> rows =
        strata::check_component(info.role, spec, {}, {strata::default_registry(), &host});
    BOOST_TEST_MESSAGE(info.role << "/" << info.name);
    BOOST_TEST(failed(rows).empty(), info.role << "/" << info.name);
    for (const CheckRow& row : rows) {
      if (row.property == "learning") BOOST_TEST_MESSAGE("  " << row.detail);
    }
  }
}

// The checks have pairs of texts alone; another feed is a reason to leave them out, and no fault.
BOOST_AUTO_TEST_CASE(models_of_other_feeds_are_left_out_with_the_reason) {
  strata::PluginHost& host = shelf();
  for (const auto& [name, feed] : {std::pair{"mlp", "rows"}, std::pair{"char_lm", "stream"}}) {
    const auto rows = strata::check_component("model", strata::Config(name), {}, {strata::default_registry(), &host});
    BOOST_REQUIRE_EQUAL(rows.size(), 1U);
    BOOST_TEST((rows[0].verdict == CheckRow::Verdict::skipped));
    BOOST_TEST(rows[0].detail.find("feed \"" + std::string(feed) + "\"") != std::string::npos, rows[0].detail);
  }
}

// An attention that says nothing: everything holds of it but that it learns.
BOOST_AUTO_TEST_CASE(what_cannot_learn_is_found) {
  strata::PluginHost& host = shelf();
  host.load(kBuilt + "/tests/check/plugins/none/faulty_attention.so");
  const strata::Config spec = strata::Config::object({{"type", "faulty"}, {"fault", "blind"}});
  const auto rows = strata::check_component("attention", spec, {}, {strata::default_registry(), &host});
  BOOST_TEST(failed(rows) == "learning");
}

BOOST_AUTO_TEST_CASE(roles_without_checks_are_named) {
  strata::test::check_throws([] { strata::check_component("norm", strata::Config("layer_norm"), {}); },
                             "E_PLUGIN_CHECK", "norm", "attention, cell");
  const std::string file = kBuilt + "/tests/check/plugins/none/no_checks.so";
  strata::Registry registry;
  strata::PluginHost host(registry);
  const strata::PluginInfo plugin = host.load(file);
  strata::test::check_throws([&] { strata::checked_components(plugin.file, "", registry); }, "E_PLUGIN_CHECK",
                             plugin.file, "none of its 1 components has a role with checks");
}

BOOST_AUTO_TEST_SUITE_END()
