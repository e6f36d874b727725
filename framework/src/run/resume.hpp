// What a run goes on from, and whether it may under a recipe that was changed since it was started.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "strata/checkpoint/run_folder.hpp"
#include "strata/core/config.hpp"
#include "strata/train/trainer.hpp"

namespace strata::detail {

// The checkpoint that a run goes on from, and those that cannot stay under their names.
struct Resume {
  std::optional<std::int64_t> update;                        // none: the run is new
  std::vector<std::pair<std::int64_t, std::string>> others;  // updates, and why: "is damaged (...)"
};
// `latest` when it is whole, else the newest checkpoint that is. Throws E_CHECKPOINT_DAMAGED when none is,
// E_IO_READ when one cannot be read, which may be whole. Changes nothing.
Resume choose_resume(const RunFolder& folder);
// Renames the others to NAME.set-aside, so that the run can save again what they were; a line each that says so.
std::vector<std::string> set_aside(const RunFolder& folder, const Resume& resume);

// saved, now: completed recipes; given: what the user wrote, for places; rules: those of the trainer. Throws
// E_CONFIG_RESUME naming the first key that must not change and both values; returns a line for each other key that
// did, limits and periods left out.
std::vector<std::string> compare_recipes(const Config& saved, const Config& now, const Config& given,
                                         const ResumeRules& rules, const std::string& folder);

}  // namespace strata::detail
