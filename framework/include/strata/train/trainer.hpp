// Trainer: the role behind "train" in a recipe. Built in: "supervised".
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "strata/checkpoint/run_folder.hpp"
#include "strata/core/config.hpp"
#include "strata/core/export.hpp"
#include "strata/data/dataset.hpp"
#include "strata/model/model.hpp"
#include "strata/plugin/role.hpp"
#include "strata/text/tokenizer.hpp"
#include "strata/train/communicator.hpp"
#include "strata/train/observer.hpp"

namespace strata {

// Outputs for a few source lines, in their order: what metrics of texts are measured on.
using TranslateLines = std::function<std::vector<std::string>(const std::vector<std::string>& sources)>;

// What a trainer works on. The context (device, precision, kernels, seed) is set by the caller.
struct TrainJob {
  std::shared_ptr<Model> model;      // materialised
  std::shared_ptr<Dataset> dataset;  // with the splits that the trainer's options name
  // Trained, or as the checkpoint has them.
  Tokenizers tokenizers;
  // Never null; one rank is "single".
  std::shared_ptr<Communicator> communicator;
  std::shared_ptr<RunFolder> folder;  // open for training
  Config recipe;                      // completed: what checkpoints hold
  std::vector<PluginInfo> plugins;    // that the job uses
  std::uint64_t seed = 1;             // of the order of the data
  Observer* observer = nullptr;       // may be null
  TranslateLines translate;           // empty: metrics of texts are E_CONFIG_METRIC
};

class STRATA_API Trainer {
 public:
  static constexpr std::string_view kRole = "trainer";
  struct Facts {
    std::string place;  // where the recipe says so: "recipe.json:/train"
  };

  Trainer() = default;
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;
  virtual ~Trainer();

  // Trains until a limit ends it, going on from `latest` when the run folder has one. Throws E_STOPPED, with the
  // checkpoint saved, when interrupted() (core/interrupt.hpp) asks to stop; E_DIVERGED when the loss or the gradient is
  // not finite; E_IO_WRITE.
  virtual EndReport run(const TrainJob& job) = 0;
};

}  // namespace strata
