// train_run: the whole job behind `strata train RECIPE --output RUN`, and evaluate_run behind `strata eval RUN`.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "strata/core/config.hpp"
#include "strata/core/export.hpp"
#include "strata/run/load_model.hpp"
#include "strata/train/metric.hpp"
#include "strata/train/observer.hpp"
#include "strata/train/trainer.hpp"

namespace strata {

// Makes the function that validation and evaluation write texts with, empty when the model writes none; model and
// tokenizers outlive what it returns.
using MakeTranslate = std::function<TranslateLines(Model& model, const Tokenizers& tokenizers)>;

// What a recipe does not say.
struct TrainRunOptions {
  std::string output;            // run folder
  Observer* observer = nullptr;  // may be null
  MakeTranslate translate;       // empty: make_translate, as the recipe's "decode" says
};

// Completes the recipe, makes dataset, tokenizers (trained, or loaded when the run goes on) and model, and trains.
// Throws what Trainer::run and all of these throw.
STRATA_API EndReport train_run(const Config& recipe, const TrainRunOptions& options, const Host& host = {});

// What is measured, and on what.
struct EvaluateOptions {
  std::string split = "test";        // of the recipe's data
  std::string which = "best";        // checkpoint of the run
  std::vector<std::string> metrics;  // empty: those of the recipe, and bleu and chrf where texts are more than labels
  MakeTranslate translate;           // as above
  std::function<void(Model&)> prepare = {};  // called once the model is loaded, before anything is measured
  // Called with every source, output and reference, in order, whatever is measured. Without an output to hand out it is
  // E_MODEL_CAPABILITY.
  std::function<void(const TextPair& pair, const std::string& output)> each;
};

// In the order of the metrics; `best` and `improved` mean nothing here. Throws E_STOPPED when interrupted.
STRATA_API std::vector<MetricReport> evaluate_run(const std::string& path, const EvaluateOptions& options,
                                                  const Host& host = {});

}  // namespace strata
