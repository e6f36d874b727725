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
    option("optimizer", optimizer, "rule by which gradients change the parameters");
    option("schedule", schedule, "course of the optimizer's learning rate");
    option("max_updates", max_updates,
           "updates after which training ends (0: no limit; one of the three limits must be set)")
        .min(0);
    option("max_epochs", max_epochs, "epochs after which training ends (0: no limit)").min(0);
    option("max_minutes", max_minutes,
           "minutes after which training ends, those before a resume included; the schedule follows them (0: no limit)")
        .min(0);
    option("batch", batch, "rule by which pairs form batches");
    option("max_length", max_length,
           "most tokens on a side of a training pair; longer pairs are left out (0: no limit)")
        .min(0);
    option("accumulate", accumulate, "batches of one update").range(1, 1 << 16);
    option("replay", replay,
           "recording of a step whose shapes come again, which is then queued as a whole where the device can");
    option("clip_norm", clip_norm, "largest norm of the gradients; larger ones are scaled down to it (0: no limit)")
        .min(0);
    option("label_smoothing", label_smoothing, "probability mass that is spread over all tokens").min(0).below(1);
    option("ema", ema, "decay of a running mean of the weights, which is what is validated and saved (0: no mean)")
        .min(0)
        .below(1);
    option("train_split", train_split, "split for training");
    option("valid_split", valid_split, "split for validation; there is no validation where the data has no such split");
    option("metrics", metrics, "measures of validation; the first one chooses `best` and decides when to stop early");
    option("report_every", report_every, "updates from one report to the next").min(1);
    option("validate_every", validate_every,
           "updates from one validation to the next (0: one at the end of each epoch)")
        .min(0);
    option("checkpoint_every", checkpoint_every,
           "updates from one checkpoint to the next (0: one at the end of each epoch)")
        .min(0);
    option("keep_checkpoints", keep_checkpoints, "newest checkpoints that stay, `best` apart (0: all)").min(0);
    option("patience", patience, "validations without a better first metric after which training ends (0: no limit)")
        .min(0);
  }
};

}  // namespace strata::detail
