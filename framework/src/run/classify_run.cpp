// LineClassifier: batches by length, one forward pass each, probabilities over the classes alone.
#include "strata/run/classify_run.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>

#include "run/best_labels.hpp"
#include "run/line_batches.hpp"
#include "run/write_labels.hpp"
#include "strata/model/model.hpp"

namespace strata {

using detail::SourceLine;

LineClassifier::LineClassifier(Model& model, const Tokenizers& tokenizers, const ClassifyOptions& options)
    : classifier_(require<Classifier>(model, "Classifier", "classify")), tokenizers_(tokenizers), options_(options) {}

std::vector<std::vector<Label>> LineClassifier::answer(std::span<const std::string> lines, detail::Failure& failure) {
  std::vector<std::vector<Label>> out(lines.size());
  detail::each_batch({tokenizers_["source"], options_, report_}, lines, failure,
                     [&](std::span<const SourceLine> batch) { run_batch(batch, out); });
  return out;
}

std::vector<std::vector<Label>> LineClassifier::classify(std::span<const std::string> lines) {
  detail::Failure failure;
  std::vector<std::vector<Label>> out = answer(lines, failure);
  failure.rethrow();
  return out;
}

void LineClassifier::run_batch(std::span<const SourceLine> sources, std::vector<std::vector<Label>>& out) {
  auto labels = detail::best_labels(classifier_, detail::to_tensors(sources), tokenizers_, options_.top);
  for (std::size_t i = 0; i < sources.size(); ++i) out[sources[i].place] = std::move(labels[i]);
}

void LineClassifier::classify(std::span<const std::string> lines, const Each& each) {
  detail::Failure failure;
  const std::vector<std::vector<Label>> out = answer(lines, failure);
  for (std::size_t i = 0; i < std::min(out.size(), failure.place); ++i) each(out[i]);
  failure.rethrow();
}

void LineClassifier::classify(LineReader& reader, const Each& each) {
  detail::each_chunk({tokenizers_["source"], options_, report_}, reader,
                     [&](const std::vector<std::string>& lines) { classify(lines, each); });
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
