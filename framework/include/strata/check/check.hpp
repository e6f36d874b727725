// check_component: what a component promises by its role, held against it before it trains for an hour. The same
// properties hold for the components of this house and for those of others. What each role promises stands in its
// header (text/tokenizer.hpp, train/optimizer.hpp, ...); each property and how it is held in src/check/ROLE.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/config.hpp"
#include "strata/core/export.hpp"
#include "strata/run/load_model.hpp"

namespace strata {

// One property and what came of it.
struct CheckRow {
  // `skipped`: it does not apply, or is left out as asked. `measured`: a figure that is held against nothing.
  enum class Verdict { passed, failed, skipped, measured };
  std::string property;               // "padding", "gradients", ...
  Verdict verdict = Verdict::passed;  // what came of it
  std::string detail;                 // the figure and what it was held against, or why not
};

// How the checks are run.
struct CheckOptions {
  std::int64_t seed = 1;
  bool skip_training = false;
  void visit(auto& option) {
    option("seed", seed, "number that decides parameters and inputs; the library's own calls of an op have fixed ones")
        .min(0);
    option("skip_training", skip_training, "checks without the hundred updates on sample data that some roles have");
  }
};

// The components of a loaded plugin's file that have checks, as "role/name", and the providers of kernels that it
// staged, as "kernel/name"; or the one that is asked for. E_CONFIG_COMPONENT when the file has no such one,
// E_PLUGIN_CHECK when none has a role with checks.
STRATA_API std::vector<std::string> checked_components(const std::string& file, const std::string& asked,
                                                       const Registry& registry);

// spec: a component's name or {"type": name, ...options}; kernels have no options (E_CONFIG_UNKNOWN), and a row an op,
// each from a conform() of its own (check/conformance.hpp). Whatever the component does short of ending the process is
// a row; E_PLUGIN_CHECK for a role without checks, and what Registry::make throws when the component cannot be made.
STRATA_API std::vector<CheckRow> check_component(std::string_view role, const Config& spec, const CheckOptions& options,
                                                 const Host& host = {});

}  // namespace strata
