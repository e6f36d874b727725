// best_labels: one forward pass, probabilities over the classes alone.
#include "run/best_labels.hpp"

#include <algorithm>
#include <string>

#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/model/model.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"
#include "strata/tensor/context.hpp"
#include "strata/text/vocabulary.hpp"

namespace strata::detail {

namespace {

// The ids of the classes: all tokens of the vocabulary but the special ones.
std::vector<std::int64_t> classes_of(const Vocabulary& vocabulary) {
  std::vector<std::int64_t> ids;
  for (std::int32_t id = 0; id < vocabulary.size(); ++id) {
    if (!vocabulary.is_special(id)) ids.push_back(id);
  }
  return ids;
}

// logits [B,V] -> those of the classes [B,C]
Tensor logits_of(const Tensor& logits, const std::vector<std::int64_t>& classes) {
  if (static_cast<std::int64_t>(classes.size()) == logits.size(1)) return logits;
  const Tensor columns =
      index_rows(contiguous(transpose(logits)), Tensor::from(classes, {static_cast<std::int64_t>(classes.size())}));
  return transpose(columns);
}

}  // namespace

std::vector<std::vector<Label>> best_labels(Classifier& classifier, const TensorBatch& batch,
                                            const Tokenizers& tokenizers, std::int64_t top) {
  const ContextScope scope;
  context().recording = false;
  context().training = false;
  const Tensor logits = in_plugin("classify()", classifier, [&] { return classifier.classify(batch); });  // [B,V]
  const std::string label(classifier.label());
  const bool tokens = tokenizers.has(label);
  const std::vector<std::int64_t> ids =
      tokens ? classes_of(tokenizers[label].vocabulary()) : std::vector<std::int64_t>();
  if (tokens && ids.empty()) throw Error("E_DATA_LABEL", "[classify]", "the vocabulary of labels has no label");
  const Tensor plain = logits.dtype() == DType::f64 ? logits : cast(logits, DType::f32);
  const Tensor probabilities = softmax(contiguous(tokens ? logits_of(plain, ids) : plain));  // [B,C]
  const std::int64_t count = std::min(top, probabilities.size(1));
  const TopK best = topk(probabilities, static_cast<int>(count));
  const std::vector<double> values = best.values.to_doubles();
  const std::vector<std::int64_t> classes = best.indices.to_integers();
  std::vector<std::vector<Label>> out(static_cast<std::size_t>(probabilities.size(0)));
  std::size_t at = 0;
  for (std::vector<Label>& row : out) {
    for (std::int64_t i = 0; i < count; ++i, ++at) {
      const std::string text =
          tokens ? tokenizers[label].decode({static_cast<std::int32_t>(ids[static_cast<std::size_t>(classes[at])])})
                 : std::to_string(classes[at]);
      row.push_back({text, values[at]});
    }
  }
  return out;
}

}  // namespace strata::detail
