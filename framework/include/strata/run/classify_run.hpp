// LineClassifier: returns the most probable labels of each line of text. `strata classify` uses it.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/data/line_reader.hpp"
#include "strata/model/capabilities.hpp"
#include "strata/run/line_run.hpp"
#include "strata/text/tokenizer.hpp"

namespace strata {

class Model;

namespace detail {
struct Failure;
struct SourceLine;
}  // namespace detail

// The options of a LineClassifier.
struct STRATA_API ClassifyOptions : LineOptions {
  std::int64_t top = 1;  // number of labels for each line

  void visit(auto& option) {
    option("top", top, "number of labels for each line, the most probable first (all when there are fewer)")
        .range(1, 1 << 24);
    LineOptions::visit(option);
  }
};

// A class and its probability.
struct Label {
  std::string text;        // token of the class
  double probability = 0;  // probability of this class among all classes, 0..1
};

// Classifies lines. The model and the tokenizers must outlive it. Use it from one thread only.
class STRATA_API LineClassifier {
 public:
  // Throws E_MODEL_CAPABILITY when the model is no Classifier.
  LineClassifier(Model& model, const Tokenizers& tokenizers, const ClassifyOptions& options);

  // Returns the labels of each line, the most probable first, equally probable ones in the order of the vocabulary. An
  // empty line has no labels. Throws E_DATA_LONG for a line with too many tokens, unless LineOptions::long_lines is
  // `cut`.
  std::vector<std::vector<Label>> classify(std::span<const std::string> lines);

  // Classifies all lines of a reader, in chunks. `each` is called with the labels of every line, in order, as soon as a
  // chunk is done. When a line is invalid, `each` is called for the lines before it, and then the error is thrown.
  using Each = std::function<void(const std::vector<Label>& labels)>;
  void classify(LineReader& reader, const Each& each);
  // The same for lines that are there already.
  void classify(std::span<const std::string> lines, const Each& each);

  // Counts over all calls so far.
  const LineReport& report() const noexcept { return report_; }
  // Reports the number of lines that were cut, if any, in one line.
  std::vector<std::string> warnings() const;

 private:
  std::vector<std::vector<Label>> answer(std::span<const std::string> lines, detail::Failure& failure);
  void run_batch(std::span<const detail::SourceLine> sources, std::vector<std::vector<Label>>& out);

  Classifier& classifier_;
  Tokenizers tokenizers_;
  ClassifyOptions options_;
  LineReport report_;
};

// Returns "place TAB 0.981234 TAB time TAB 0.0141" without a line end; probabilities have six significant digits.
STRATA_API std::string tab_separated(const std::vector<Label>& labels);

}  // namespace strata
