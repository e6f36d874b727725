// Progress: everything of a training run that its next update depends on, beside tensors; trainer_state.json.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "strata/core/config.hpp"

namespace strata::detail {

struct Progress {
  std::int64_t update = 0;                        // made so far
  std::int64_t epoch = 0, position = 0;           // of the next batch, from 0
  std::int64_t sentences = 0, target_tokens = 0;  // trained on
  double elapsed_seconds = 0;
  std::int64_t saved_epoch = 0;  // epochs that were over at the last periodical checkpoint
  std::int64_t validated_update = 0, validated_epoch = 0;
  bool validation_due = false;              // the run was stopped before it
  std::int64_t stale = 0;                   // validations since the best one
  std::int64_t best_update = 0;             // 0: none yet
  std::map<std::string, double> best;       // metric -> value; not a number is left out
  std::map<std::string, std::string> data;  // split -> SHA-256 of its pairs; empty in what Strata 0.1 saved

  // From 1: the one that the last batch was of.
  std::int64_t present_epoch() const { return epoch + (position > 0 ? 1 : 0); }
  bool operator==(const Progress&) const = default;
  Config to_config() const;
  // Throws E_CONFIG_* at places in `from`.
  static Progress from_config(const Config& from);
};

}  // namespace strata::detail
