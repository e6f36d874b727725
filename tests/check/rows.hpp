// Runs of the checks: of one plugin file by itself, or of whatever the shelf of this house has.
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>
#include <vector>

#include "strata/check/check.hpp"
#include "strata/plugin/host.hpp"

namespace strata::test {

inline const std::string kBuilt = STRATA_BINARY_DIR;

inline std::vector<CheckRow> rows_of(const std::string& role, const std::string& file, const Config& spec, bool train) {
  Registry registry;
  PluginHost host(registry);
  host.load(file);
  CheckOptions options;
  options.skip_training = !train;
  return check_component(role, spec, options, {registry, &host});
}

// The names of the properties that do not hold, each between spaces.
inline std::string failed(const std::vector<CheckRow>& rows) {
  std::string names;
  for (const CheckRow& row : rows) {
    if (row.verdict != CheckRow::Verdict::failed) continue;
    names += (names.empty() ? "" : " ") + row.property;
    BOOST_TEST_MESSAGE("  " << row.property << ": " << row.detail);
  }
  return names;
}

inline bool has(const std::string& names, const std::string& name) {
  return (" " + names + " ").find(" " + name + " ") != std::string::npos;
}

// One for the process: kernels are registered once.
inline PluginHost& shelf() {
  static PluginHost host(default_registry());
  static const bool added = (host.add_directory(kBuilt + "/lib/strata/plugins"), true);
  static_cast<void>(added);
  return host;
}

// The component faulty_ROLE.so has its mistake from the option "fault", and is found by that property.
inline void finds_fault(const std::string& role, const std::string& fault, const std::string& property,
                        const std::string& component = "faulty") {
  BOOST_TEST_MESSAGE(role << " with the fault " << fault);
  const Config spec = Config::object({{"type", component}, {"fault", fault}});
  const std::string file = kBuilt + "/tests/check/plugins/none/faulty_" + role + ".so";
  const std::string names = failed(rows_of(role, file, spec, false));
  BOOST_TEST(has(names, property), fault << ": failed were \"" << names << "\", wanted is " << property);
}

// Without a mistake the same component passes.
inline void passes(const std::string& role, const std::string& component = "faulty") {
  const std::string file = kBuilt + "/tests/check/plugins/none/faulty_" + role + ".so";
  const std::vector<CheckRow> rows = rows_of(role, file, component, false);
  BOOST_TEST(failed(rows) == "");
  BOOST_TEST(rows.size() > 4U);
}

// A component of this house, by its name or with options.
inline void shelf_passes(const std::string& role, const Config& spec) {
  PluginHost& host = shelf();
  const std::vector<CheckRow> rows = check_component(role, spec, {}, {default_registry(), &host});
  const std::string name = spec.is_string() ? spec.string() : spec.at("type").string();
  BOOST_TEST(failed(rows) == "", role << "/" << name);
  for (const CheckRow& row : rows) BOOST_TEST_MESSAGE("  " << name << " " << row.property << ": " << row.detail);
}

}  // namespace strata::test
