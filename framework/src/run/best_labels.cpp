// best_labels: one forward pass, probabilities over the classes alone.
#include "run/best_labels.hpp"

#include <algorithm>
#include <string>

#include "strata/core/plugin_call.hpp"
#include "strata/model/classification.hpp"
#include "strata/model/model.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/tensor/context.hpp"
#include "strata/text/vocabulary.hpp"

namespace strata::detail {

std::vector<std::vector<Label>> best_labels(Classifier& classifier, const TensorBatch& batch,
                                            const Tokenizers& tokenizers, std::int64_t top) {
  const ContextScope scope;
  context().recording = false;
  context().training = false;
  const Tensor logits = in_plugin("classify()", classifier, [&] { return classifier.classify(batch); });  // [B,V]
  const std::string label(classifier.label());
  const bool tokens = tokenizers.has(label);
  const Tensor plain = logits.dtype() == DType::f64 ? logits : cast(logits, DType::f32);
  const Tensor probabilities = softmax(tokens ? class_logits(logits) : plain);  // [B,C]
  const std::int64_t count = std::min(top, probabilities.size(1));
  const TopK best = topk(probabilities, static_cast<int>(count));
  const std::vector<double> values = best.values.to_doubles();
  const std::vector<std::int64_t> classes = best.indices.to_integers();
  std::vector<std::vector<Label>> out(static_cast<std::size_t>(probabilities.size(0)));
  std::size_t at = 0;
  for (std::vector<Label>& row : out) {
    for (std::int64_t i = 0; i < count; ++i, ++at) {
      const std::string text = tokens ? tokenizers[label].decode({static_cast<std::int32_t>(classes[at] + kSpecials)})
                                      : std::to_string(classes[at]);
      row.push_back({text, values[at]});
    }
  }
  return out;
}

}  // namespace strata::detail
