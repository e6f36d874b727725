// LineClassifier: lines in, their most probable labels out. What `strata classify` does.
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
struct SourceLine;
}

// How lines are batched, and how many labels a line gets.
struct STRATA_API ClassifyOptions : LineOptions {
  std::int64_t top = 1;  // labels of a line

  void visit(auto& option) {
    option("top", top, "labels of each line, the most probable first (all where there are fewer)").range(1, 1 << 24);
    LineOptions::visit(option);
  }
};

// A class as the target tokenizer writes it.
struct Label {
  std::string text;        // its token
  double probability = 0;  // of this class among all classes
};

// Model and tokenizers outlive it. Used from one thread.
class STRATA_API LineClassifier {
 public:
  // Throws E_MODEL_CAPABILITY when the model is no Classifier.
  LineClassifier(Model& model, const Tokenizers& tokenizers, const ClassifyOptions& options);

  // Labels of each line, the most probable first; equals in the order of the vocabulary. An empty line has none. Throws
  // E_DATA_LONG for a line with too many tokens, unless long lines are cut.
  std::vector<std::vector<Label>> classify(std::span<const std::string> lines);

  // Lines in chunks to their end; `each` gets every line's labels in order, as soon as its chunk is done. What stands
  // before a bad line is still handed out.
  using Each = std::function<void(const std::vector<Label>& labels)>;
  void classify(LineReader& reader, const Each& each);

  // Of all calls so far.
  const LineReport& report() const noexcept { return report_; }
  // One counted line when lines were cut.
  std::vector<std::string> warnings() const;

 private:
  void run_batch(std::span<const detail::SourceLine> sources, std::vector<std::vector<Label>>& out);

  Classifier& classifier_;
  Tokenizers tokenizers_;
  ClassifyOptions options_;
  LineReport report_;
};

// "place TAB 0.981234 TAB time TAB 0.0141", a probability with six significant digits; without a line end.
STRATA_API std::string tab_separated(const std::vector<Label>& labels);

}  // namespace strata
