// The most probable labels that a Classifier gives to the examples of a batch.
#pragma once

#include <cstdint>
#include <vector>

#include "strata/model/batch.hpp"
#include "strata/model/capabilities.hpp"
#include "strata/run/classify_run.hpp"
#include "strata/text/tokenizer.hpp"

namespace strata::detail {

// For each row at most `top` labels, the most probable first; equally probable ones in the order of the classes.
std::vector<std::vector<Label>> best_labels(Classifier& classifier, const TensorBatch& batch,
                                            const Tokenizers& tokenizers, std::int64_t top);

}  // namespace strata::detail
