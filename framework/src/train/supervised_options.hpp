// Options of the trainer "supervised".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "strata/data/batcher.hpp"
#include "strata/plugin/slot.hpp"
#include "strata/train/metric.hpp"
#include "strata/train/optimizer.hpp"

namespace strata::detail {

struct SupervisedOptions {
  Slot<Optimizer> optimizer{"adam"};
  Slot<Schedule> schedule{"constant"};
  std::int64_t max_updates = 0, max_epochs = 0;
  double max_minutes = 0;
  BatchOptions batch;
  std::int64_t max_length = 0;
  std::int64_t accumulate = 1;
  bool replay = true;
  double clip_norm = 0;
  double label_smoothing = 0;
  double ema = 0;
  std::string train_split = "train", valid_split = "valid";
  std::vector<Slot<Metric>> metrics{"loss", "perplexity", "accuracy"};
  std::int64_t report_every = 100;
  std::int64_t validate_every = 0, checkpoint_every = 0, keep_checkpoints = 3;
  std::int64_t patience = 0;

  void visit(auto& option) {
    option("optimizer", optimizer, "how parameters follow their gradients");
    option("schedule", schedule, "of the optimizer's learning rate");
    option("max_updates", max_updates, "limit; 0 none (one of the three must be set)").min(0);
    option("max_epochs", max_epochs, "limit; 0 none").min(0);
    option("max_minutes", max_minutes, "limit, over resumes; the schedule then follows the clock; 0 none").min(0);
    option("batch", batch, "which pairs form which batch");
    option("max_length", max_length, "training pairs with more tokens on a side are left out; 0 keeps all").min(0);
    option("accumulate", accumulate, "batches an update").range(1, 1 << 16);
    option("replay", replay, "where the device can: a step whose shapes come again is queued as a whole");
    option("clip_norm", clip_norm, "gradients of a larger norm are scaled down to it; 0 never").min(0);
    option("label_smoothing", label_smoothing, "mass spread over all tokens").min(0).below(1);
    option("ema", ema, "decay of a running mean of the weights, which is what is validated and saved; 0: none")
        .min(0)
        .below(1);
    option("train_split", train_split, "what is trained on");
    option("valid_split", valid_split, "what is measured on; without such a split nothing is");
    option("metrics", metrics, "measured by validation; the first chooses `best` and stops early");
    option("report_every", report_every, "updates").min(1);
    option("validate_every", validate_every, "updates; 0: at the end of each epoch").min(0);
    option("checkpoint_every", checkpoint_every, "updates; 0: at the end of each epoch").min(0);
    option("keep_checkpoints", keep_checkpoints, "newest ones that stay, beside `best`; 0 keeps all").min(0);
    option("patience", patience, "validations without a better first metric that end the run; 0 never").min(0);
  }
};

}  // namespace strata::detail
