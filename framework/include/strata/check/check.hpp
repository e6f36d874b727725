// check_component: checks in a few seconds that a component does what its role promises. The same properties are
// checked for the components of Strata and for those of other authors. The header of each role says what it promises
// (text/tokenizer.hpp, train/optimizer.hpp, ...); src/check/ROLE.cpp has the checks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/config.hpp"
#include "strata/core/export.hpp"
#include "strata/run/host.hpp"

namespace strata {

// One checked property and the result.
struct CheckRow {
  // The result of a check. `skipped`: the property does not apply, or the user asked to leave it out. `measured`: the
  // check reports a figure, for which there is no limit.
  enum class Verdict { passed, failed, skipped, measured };
  std::string property;               // "padding", "gradients", ...
  Verdict verdict = Verdict::passed;  // result of the check
  std::string detail;                 // measured figure and its limit, or the reason why the check was skipped
};

// Options of the checks.
struct CheckOptions {
  std::int64_t seed = 1;
  bool skip_training = false;
  std::string dataset;  // dataset for feeds: its name, or a JSON object; empty: small data that the check chooses
  void visit(auto& option) {
    option("seed", seed,
           "seed of the random parameters and inputs; the built-in test calls of an op do not depend on it")
        .min(0);
    option("skip_training", skip_training,
           "omission of the check that trains for a hundred updates on sample data, which some roles have");
    option("dataset", dataset,
           "dataset with which feeds are checked (left out: the dates of the dataset samples, and generated texts, "
           "classes "
           "and numbers)");
  }
};

// Returns what can be checked in the file of a loaded plugin: its components whose roles have checks, as "role/name",
// and its providers of kernels, as "kernel/name". When `asked` is not empty, returns only that one. Throws
// E_CONFIG_COMPONENT when the file has no component `asked`, and E_PLUGIN_CHECK when no component has a role with
// checks.
STRATA_API std::vector<std::string> checked_components(const std::string& file, const std::string& asked,
                                                       const Registry& registry);

// Makes the component that `spec` describes (its name, or {"type": name, ...options}) and runs all checks of its role,
// each of which gives a row. Kernels have no options (E_CONFIG_UNKNOWN) and one row for each op, which conform() fills
// (check/conformance.hpp). A fault of the component becomes a failed row, unless it ends the process. Throws
// E_PLUGIN_CHECK for a role without checks, and what Registry::make() throws when the component cannot be made.
STRATA_API std::vector<CheckRow> check_component(std::string_view role, const Config& spec, const CheckOptions& options,
                                                 const Host& host = {});

}  // namespace strata
