// Every planted mistake is found, by the property that it breaks; what has none passes, the shelf of this house too.
#include "strata/check/check.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

#include "check/rows.hpp"
#include "strata/core/error.hpp"
#include "throws.hpp"

using strata::CheckRow;

using strata::test::failed;
using strata::test::has;
using strata::test::kBuilt;
using strata::test::rows_of;
using strata::test::shelf;

namespace {

void finds(const std::string& role, const std::string& fault, const std::string& property) {
  BOOST_TEST_MESSAGE(role << " with the fault " << fault);
  const std::string file = kBuilt + "/tests/check/plugins/" + fault + "/faulty_" + role + ".so";
  const std::string names = failed(rows_of(role, file, "faulty", false));
  BOOST_TEST(has(names, property), fault << ": failed were \"" << names << "\", wanted is " << property);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(check)

BOOST_AUTO_TEST_CASE(planted_mistakes_of_attention_are_found) {
  finds("attention", "backward", "gradients");
  finds("attention", "mask", "padding");
  finds("attention", "axis", "weights");
  finds("attention", "future", "causal");
  finds("attention", "state", "state");
  finds("attention", "chance", "determinism");
  finds("attention", "unasked", "weights");
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  BOOST_TEST_MESSAGE("the sanitizers find leaks by themselves");
#else
  finds("attention", "leak", "memory");
#endif
}

BOOST_AUTO_TEST_CASE(planted_mistakes_of_cells_are_found) {
  finds("cell", "parts", "shapes");
  finds("cell", "lengths", "lengths");
  finds("cell", "reverse", "sequence");
}

BOOST_AUTO_TEST_CASE(planted_mistakes_of_layers_are_found) {
  finds("layer", "padding", "padding");
  finds("layer", "batch", "batch");
  finds("layer", "state", "state");
  finds("layer", "shape", "shapes");
}

BOOST_AUTO_TEST_CASE(planted_mistakes_of_models_are_found) {
  finds("model", "weight", "batch");
  finds("model", "mean", "steps");
  finds("model", "parts", "loss");
  finds("model", "shared", "steps");
  finds("model", "reorder", "reorder");
  finds("model", "scores", "scores");
  finds("model", "states", "states");
  finds("model", "padding", "batch");
  finds("model", "cut", "gradients");
}

BOOST_AUTO_TEST_CASE(without_a_mistake_all_pass) {
  for (const char* role : {"attention", "cell", "layer", "model"}) {
    const std::string file = kBuilt + "/tests/check/plugins/none/faulty_" + role + ".so";
    const std::vector<CheckRow> rows = rows_of(role, file, "faulty", false);
    BOOST_TEST(failed(rows).empty());
    BOOST_TEST(rows.size() > 10U);
  }
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
    const std::vector<CheckRow> rows =
        strata::check_component(info.role, strata::Config(info.name), {}, {strata::default_registry(), &host});
    BOOST_TEST_MESSAGE(info.role << "/" << info.name);
    BOOST_TEST(failed(rows).empty(), info.role << "/" << info.name);
    for (const CheckRow& row : rows) {
      if (row.property == "learning") BOOST_TEST_MESSAGE("  " << row.detail);
    }
  }
}

// An attention that says nothing: everything holds of it but that it learns.
BOOST_AUTO_TEST_CASE(what_cannot_learn_is_found) {
  strata::PluginHost& host = shelf();
  host.load(kBuilt + "/tests/check/plugins/blind/faulty_attention.so");
  const auto rows =
      strata::check_component("attention", strata::Config("faulty"), {}, {strata::default_registry(), &host});
  BOOST_TEST(failed(rows) == "learning");
}

BOOST_AUTO_TEST_CASE(roles_without_checks_are_named) {
  strata::test::check_throws([] { strata::check_component("trainer", strata::Config("supervised"), {}); },
                             "E_PLUGIN_CHECK", "trainer", "attention, cell");
  const std::string file = kBuilt + "/tests/check/plugins/none/no_checks.so";
  strata::Registry registry;
  strata::PluginHost host(registry);
  const strata::PluginInfo plugin = host.load(file);
  strata::test::check_throws([&] { strata::checked_components(plugin.file, "", registry); }, "E_PLUGIN_CHECK",
                             plugin.file, "none of its 1 components has a role with checks");
}

BOOST_AUTO_TEST_SUITE_END()
