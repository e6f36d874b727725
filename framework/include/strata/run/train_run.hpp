// train_run, evaluate_run: the work of `strata train RECIPE --output RUN` and `strata eval RUN`.
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
#include "strata/train/validation.hpp"

namespace strata {

// A function that makes the function with which validation and evaluation write outputs. It returns an empty function
// when the model writes no texts. Model and tokenizers must outlive the returned function.
using MakeTranslate = std::function<TranslateLines(Model& model, const Tokenizers& tokenizers)>;

// Options of a training run that are not in the recipe.
struct TrainRunOptions {
  std::string output;            // run folder
  Observer* observer = nullptr;  // may be null
  MakeTranslate translate;       // empty: make_translate() with the "decode" options of the recipe
};

// Completes the recipe, makes the dataset, the tokenizers (which are trained, or loaded when a run is resumed) and the
// model, and trains. Throws what Trainer::run() and these components throw.
STRATA_API EndReport train_run(const Config& recipe, const TrainRunOptions& options, const Host& host = {});

// Options of evaluate_run().
struct EvaluateOptions {
  std::string split = "test";  // split of the recipe's data
  std::string which = "best";  // checkpoint: "best", "latest" or "checkpoint-N"
  // Names of metrics; empty: those of "evaluate" in the recipe, or else those of training, and bleu and chrf when the
  // model writes texts that are not labels.
  std::vector<std::string> metrics;
  MakeTranslate translate;                   // as in TrainRunOptions
  std::function<void(Model&)> prepare = {};  // called with the loaded model, before anything is measured
  // When not empty, called with every pair and the output for it, in order, even when no metric needs outputs. A model
  // that writes no outputs then throws E_MODEL_CAPABILITY.
  std::function<void(const TextPair& pair, const std::string& output)> each;
};

// Measures a saved model and returns one report for each metric, in order; `best` and `improved` have no meaning here.
// Throws E_STOPPED when interrupted, and what load_model() throws.
STRATA_API std::vector<MetricReport> evaluate_run(const std::string& path, const EvaluateOptions& options,
                                                  const Host& host = {});

}  // namespace strata
