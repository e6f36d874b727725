// Every planted mistake is found, by the property that it breaks; what has none passes, the shelf of this house too.
#include "strata/check/check.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "strata/core/error.hpp"
#include "strata/plugin/host.hpp"
#include "throws.hpp"

using strata::CheckRow;

namespace {

const std::string kBuilt = STRATA_BINARY_DIR;

std::vector<CheckRow> rows_of(const std::string& role, const std::string& file, const std::string& name, bool train) {
  strata::Registry registry;
  strata::PluginHost host(registry);
  host.load(file);
  strata::CheckOptions options;
  options.skip_training = !train;
  return strata::check_component(role, strata::Config(name), options, {registry, &host});
}

std::string failed(const std::vector<CheckRow>& rows) {
  std::string names;
  for (const CheckRow& row : rows) {
    if (row.verdict != CheckRow::Verdict::failed) continue;
    names += (names.empty() ? "" : " ") + row.property;
    BOOST_TEST_MESSAGE("  " << row.property << ": " << row.detail);
  }
  return names;
}

// One for the process: kernels are registered once.
strata::PluginHost& shelf() {
  static strata::PluginHost host(strata::default_registry());
  static const bool added = (host.add_directory(kBuilt + "/lib/strata/plugins"), true);
  static_cast<void>(added);
  return host;
}

bool has(const std::string& names, const std::string& name) {
  return (" " + names + " ").find(" " + name + " ") != std::string::npos;
}

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

BOOST_AUTO_TEST_CASE(without_a_mistake_all_pass) {
  for (const char* role : {"attention", "cell"}) {
    const std::string file = kBuilt + "/tests/check/plugins/none/faulty_" + role + ".so";
    const std::vector<CheckRow> rows = rows_of(role, file, "faulty", false);
    BOOST_TEST(failed(rows).empty());
    BOOST_TEST(rows.size() > 10U);
  }
}

// What our own plugins promise, training included: the same door, the same checks.
BOOST_AUTO_TEST_CASE(the_shelf_of_this_house_passes) {
  strata::PluginHost& host = shelf();
  for (const strata::ComponentInfo& info : strata::default_registry().components()) {
    if (info.role != "attention" && info.role != "cell") continue;
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
  strata::test::check_throws([] { strata::check_component("metric", strata::Config("bleu"), {}); }, "E_PLUGIN_CHECK",
                             "metric", "attention, cell, kernel");
}

BOOST_AUTO_TEST_SUITE_END()
