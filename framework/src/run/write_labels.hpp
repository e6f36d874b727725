// A Classifier as a writer of texts: the label of each line.
#pragma once

#include "strata/run/line_run.hpp"
#include "strata/run/train_run.hpp"

namespace strata::detail {

// Throws E_MODEL_CAPABILITY when the model is no Classifier.
TranslateLines write_labels(Model& model, const Tokenizers& tokenizers, const LineOptions& options);

}  // namespace strata::detail
