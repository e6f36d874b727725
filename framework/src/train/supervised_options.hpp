// Options of the trainer "supervised".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "strata/plugin/slot.hpp"
#include "strata/train/metric.hpp"
#include "strata/train/optimizer.hpp"
#include "train/parameter_groups.hpp"

namespace strata::detail {

struct SupervisedOptions {
  Slot<Optimizer> optimizer{"adam"};
  Slot<Schedule> schedule{"constant"};
  std::int64_t max_updates = 0, max_epochs = 0;
  double max_minutes = 0;
  std::int64_t accumulate = 1;
  bool replay = true;
  double clip_norm = 0;
  double label_smoothing = 0;
  double ema = 0;
  std::vector<std::string> freeze;
  GroupingOptions grouping;
  std::string train_split = "train", valid_split = "valid";
  std::vector<Slot<Metric>> metrics{"loss", "perplexity", "accuracy"};
  std::int64_t report_every = 100;
  std::int64_t validate_every = 0, checkpoint_every = 0, keep_checkpoints = 3;
  std::int64_t patience = 0;

  void visit(auto& option) {
    option("optimizer", optimizer, "optimizer, the rule by which gradients change the parameters");
    option("schedule", schedule, "schedule of the learning rate during training");
    option("max_updates", max_updates,
           "number of updates after which training ends (0: no limit; one of the three limits must be set)")
        .min(0);
    option("max_epochs", max_epochs, "number of epochs after which training ends (0: no limit)").min(0);
    option("max_minutes", max_minutes,
           "number of minutes, resumed runs included, after which training ends; the schedule then goes by time (0: no "
           "limit)")
        .min(0);
    option("accumulate", accumulate, "number of batches whose gradients are added for one update").range(1, 1 << 16);
    option("replay", replay,
           "recording of a training step and replay of it for batches of the same shapes, on devices that can");
    option("clip_norm", clip_norm, "largest norm of the gradients, to which larger ones are scaled down (0: no limit)")
        .min(0);
    option("label_smoothing", label_smoothing, "probability mass of the label that is spread over all tokens")
        .min(0)
        .below(1);
    option("ema", ema,
           "decay of a running mean of the weights, with which validation and checkpoints are made (0: no mean)")
        .min(0)
        .below(1);
    option("freeze", freeze,
           "names of parameters, or of parts of the model (\"encoder\"), that keep the values they start with");
    option("groups", grouping.groups,
           "groups of parameters with a learning rate and a weight decay of their own; the longest name goes first");
    option("rate_decay", grouping.rate_decay,
           "factor of the learning rate from one level of the model to the one below (Howard and Ruder, 2018: 1/2.6; "
           "1: the same rate for all)")
        .above(0)
        .max(1);
    option("decay_exempt", grouping.decay_exempt, "exemption of norms, biases and embeddings from the weight decay");
    option("train_split", train_split, "split for training");
    option("valid_split", valid_split, "split for validation; without such a split in the data there is no validation");
    option("metrics", metrics,
           "metrics of validation; the first one chooses the checkpoint `best` and decides on early stopping");
    option("report_every", report_every, "number of updates from one report to the next").min(1);
    option("validate_every", validate_every,
           "number of updates from one validation to the next (0: one at the end of each epoch)")
        .min(0);
    option("checkpoint_every", checkpoint_every,
           "number of updates from one checkpoint to the next (0: one at the end of each epoch)")
        .min(0);
    option("keep_checkpoints", keep_checkpoints,
           "number of newest checkpoints that are not removed, in addition to `best` (0: all)")
        .min(0);
    option("patience", patience,
           "number of validations without an improvement of the first metric after which training ends (0: no limit)")
        .min(0);
  }
};

}  // namespace strata::detail
