// LineClassifier: batches by length, one forward pass each, probabilities over the classes alone.
#include "strata/run/classify_run.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>

#include "run/line_batches.hpp"
#include "run/write_labels.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/model/classification.hpp"
#include "strata/model/model.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/tensor/context.hpp"
#include "strata/text/vocabulary.hpp"

namespace strata {

using detail::SourceLine;

LineClassifier::LineClassifier(Model& model, const Tokenizers& tokenizers, const ClassifyOptions& options)
    : classifier_(require<Classifier>(model, "Classifier", "classify")), tokenizers_(tokenizers), options_(options) {}

std::vector<std::vector<Label>> LineClassifier::classify(std::span<const std::string> lines) {
  std::vector<std::vector<Label>> out(lines.size());
  detail::Failure failure;
  detail::each_batch({tokenizers_["source"], options_, report_}, lines, failure,
                     [&](std::span<const SourceLine> batch) { run_batch(batch, out); });
  failure.rethrow();
  return out;
}

void LineClassifier::run_batch(std::span<const SourceLine> sources, std::vector<std::vector<Label>>& out) {
  const ContextScope scope;
  context().recording = false;
  context().training = false;
  const Tensor probabilities = softmax(class_logits(in_plugin(
      "classify()", classifier_, [&] { return classifier_.classify(detail::to_tensors(sources)); })));  // [B,C]
  const std::int64_t count = std::min(options_.top, probabilities.size(1));
  const TopK best = topk(probabilities, static_cast<int>(count));
  const std::vector<double> values = best.values.to_doubles();
  const std::vector<std::int64_t> classes = best.indices.to_integers();
  std::size_t at = 0;
  for (const SourceLine& source : sources) {
    std::vector<Label>& labels = out[source.place];
    for (std::int64_t i = 0; i < count; ++i, ++at) {
      const auto id = static_cast<std::int32_t>(classes[at] + kSpecials);
      labels.push_back({tokenizers_["target"].decode({id}), values[at]});
    }
  }
}

void LineClassifier::classify(LineReader& reader, const Each& each) {
  detail::each_chunk({tokenizers_["source"], options_, report_}, reader, [&](const std::vector<std::string>& lines) {
    for (const std::vector<Label>& labels : classify(lines)) each(labels);
  });
}

std::vector<std::string> LineClassifier::warnings() const {
  std::vector<std::string> out;
  detail::warn_of_cut_lines(report_, options_, out);
  return out;
}

std::string tab_separated(const std::vector<Label>& labels) {
  std::string out;
  for (const Label& label : labels) {
    char probability[32];
    std::snprintf(probability, sizeof probability, "\t%.6g", label.probability);
    out += (out.empty() ? "" : "\t") + label.text + probability;
  }
  return out;
}

TranslateLines detail::write_labels(Model& model, const Tokenizers& tokenizers, const LineOptions& options) {
  if (dynamic_cast<Classifier*>(&model) == nullptr) return {};
  const auto classifier = std::make_shared<LineClassifier>(model, tokenizers, ClassifyOptions{options, 1});
  return [classifier](const std::vector<std::string>& sources) {
    std::vector<std::string> out;
    for (std::vector<Label>& labels : classifier->classify(sources)) {
      out.push_back(labels.empty() ? "" : std::move(labels[0].text));
    }
    return out;
  };
}

}  // namespace strata
