// Trainer: the role of "train" in a recipe. The built-in one is "supervised".
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
#include "strata/data/feed.hpp"
#include "strata/plugin/role.hpp"
#include "strata/text/tokenizer.hpp"
#include "strata/train/communicator.hpp"
#include "strata/train/observer.hpp"
#include "strata/train/samples.hpp"

namespace strata {

class Model;

// A function that returns the outputs for a few source lines, in their order. Metrics of texts are measured on them.
using TranslateLines = std::function<std::vector<std::string>(const std::vector<std::string>& sources)>;

// A function that makes the feed of a split of the run's data, for training or for validation.
using MakeFeed = std::function<std::shared_ptr<Feed>(const std::string& split, bool training)>;

// The objects with which a trainer works. The caller has set the context (device, precision, kernels).
struct TrainJob {
  std::shared_ptr<Model> model;      // materialised model
  std::shared_ptr<Dataset> dataset;  // dataset with the splits that the trainer's options name
  MakeFeed feed;                     // never empty
  // Tokenizers that were trained or loaded from a checkpoint.
  Tokenizers tokenizers;
  // Never null; "single" for a run of one process.
  std::shared_ptr<Communicator> communicator;
  std::shared_ptr<RunFolder> folder;  // run folder, open for training
  Config recipe;                      // completed recipe for checkpoints
  Config saved_feed;                  // Feed::saved(), for checkpoints
  std::vector<PluginInfo> plugins;    // plugins that the run uses
  std::uint64_t seed = 1;             // seed of the order of the data
  Observer* observer = nullptr;       // may be null
  TranslateLines translate;           // writes outputs; when empty, metrics of texts throw E_CONFIG_METRIC
  WriteSamples samples = {};          // writes samples; when empty, asking for them throws E_MODEL_CAPABILITY
};

// The rules by which a resumed run may change a trainer's options. They are places below `train` ("optimizer.type"); a
// place includes everything below it. A change of an option in neither list is reported by a warning.
struct ResumeRules {
  std::vector<std::string> fixed = {};  // a change is E_CONFIG_RESUME: the state in a checkpoint depends on them
  std::vector<std::string> free = {};   // may change without a word, such as limits
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

  // Trains until a limit is reached; when the run folder has a checkpoint `latest`, it continues from there. When
  // interrupted() (core/interrupt.hpp) asks to stop, it saves a checkpoint and throws E_STOPPED. Throws E_DIVERGED when
  // the loss or the gradient is not finite, and E_IO_WRITE.
  virtual EndReport run(const TrainJob& job) = 0;
  // Which of its options a resumed run may change. Default: none is fixed, none is free.
  virtual ResumeRules resume_rules() const;
};

}  // namespace strata
