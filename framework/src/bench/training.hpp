// A training step as a job of the bench. Private to libstrata.
#pragma once

#include "bench/jobs.hpp"
#include "strata/core/config.hpp"
#include "strata/data/sizes.hpp"

namespace strata::detail {

// A training step of a model that a recipe could name.
struct Training {
  Config model;                    // the recipe's "model"
  Sizes sizes;                     // those of its feed
  double label_smoothing, clip;    // clip 0: none
  const char* optimizer = "adam";  // with its defaults
};

// Returns the job for this batch; `flops` is set by the caller.
Job make_training(const JobSetting& setting, const Training& training, const Batch& batch);

}  // namespace strata::detail
