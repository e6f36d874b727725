// Translator: translates lines of text with a Generator. `strata translate`, `strata eval` and validation use it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/data/line_reader.hpp"
#include "strata/decode/ensemble.hpp"
#include "strata/decode/options.hpp"
#include "strata/report/alignment.hpp"
#include "strata/run/line_run.hpp"
#include "strata/run/train_run.hpp"

namespace strata {

namespace detail {
struct Failure;
struct LineJob;
struct SourceLine;
class LineConstraints;
}  // namespace detail

// The measure of similarity of two outputs.
enum class Utility { chrf, bleu };

// The options of a Translator.
struct STRATA_API TranslateOptions : LineOptions {
  DecodeOptions decode;                 // options of the search
  std::string constraints, prefix;      // files with one line for each source line; empty: none
  bool prefix_goes_on = false;          // true: the last word of a prefix may be the beginning of a longer word
  std::int64_t mbr_samples = 0;         // number of samples for minimum Bayes risk decoding; 0: off
  Utility mbr_utility = Utility::chrf;  // similarity that minimum Bayes risk uses

  void visit(auto& option) {
    decode.visit(option);
    option("constraints", constraints,
           "file with one line for each source line: phrases that the output must contain, with tabs between them");
    option("prefix", prefix, "file with one line for each source line: the beginning of the output");
    option("prefix_goes_on", prefix_goes_on, "permission to continue the last word of a prefix as a longer word");
    option("mbr_samples", mbr_samples,
           "number of samples for minimum Bayes risk, which writes those most similar to the others (0: off)")
        .range(0, 1024);
    option("mbr_utility", mbr_utility, "similarity of two samples for minimum Bayes risk",
           {{"chrf", Utility::chrf}, {"bleu", Utility::bleu}});
    LineOptions::visit(option);
  }
};

// One output of a line.
struct Translation {
  std::string text;            // text, decoded by the target tokenizer
  double log_probability = 0;  // Hypothesis::log_probability
  // Hypothesis::score, or the mean similarity to the other samples for minimum Bayes risk; higher is better.
  double score = 0;
  bool finished = true;  // false: the output was cut at the longest length
  Alignment alignment;  // attention weights between tokens, </s> included; empty unless Context::capture_weights is set
  // The same between words: the weight of a source word is the sum over its tokens, that of a target word the mean.
  Alignment words;
};

// Counts of a Translator over all its calls.
struct TranslateReport : LineReport {
  std::int64_t unfinished = 0;     // number of best outputs that were cut at the longest length
  std::int64_t target_tokens = 0;  // tokens of the best outputs, without </s>
};

// Translates lines. The model or ensemble and the tokenizers must outlive it. Use it from one thread only.
class STRATA_API Translator {
 public:
  // Throws E_MODEL_CAPABILITY when the model is no Generator, and E_CONFIG_RANGE when options do not go together, for
  // example mbr_samples without search "sample", or fewer mbr_samples than n_best.
  Translator(Model& model, const Tokenizers& tokenizers, const TranslateOptions& options);
  // Translates with several models together.
  Translator(Ensemble& ensemble, const Tokenizers& tokenizers, const TranslateOptions& options);
  ~Translator();

  // Returns the n-best outputs of each line, in order. An empty line has one empty output, unless there are constraints
  // for it; then the model writes the output. Throws E_DATA_LONG for a line with too many tokens, unless
  // LineOptions::long_lines is `cut`.
  std::vector<std::vector<Translation>> translate(std::span<const std::string> lines);

  // Translates all lines of a reader, in chunks. `each` is called with the n-best outputs of every line, in order, as
  // soon as a chunk is done. When a line, its prefix or its constraints are invalid, `each` is called for the lines
  // before it, and then the error is thrown. Throws E_DATA_UNEQUAL when a file of prefixes or constraints has another
  // number of lines.
  using Each = std::function<void(std::int64_t line, const std::vector<Translation>& n_best)>;
  void translate(LineReader& reader, const Each& each);
  // The same for lines that are there already, as a part of all lines: files of prefixes and constraints may go on
  // after them.
  void translate(std::span<const std::string> lines, const Each& each);

  // Counts so far.
  const TranslateReport& report() const noexcept { return report_; }
  // Reports the numbers of lines and of outputs that were cut, one line each.
  std::vector<std::string> warnings() const;

 private:
  Translator(Generator* generator, const Tokenizers& tokenizers, const TranslateOptions& options);
  void keep_likely(std::vector<Translation>& samples) const;
  detail::LineJob job();
  std::vector<std::vector<Translation>> answer(std::span<const std::string> lines, detail::Failure& failure);
  void run_batch(std::span<const detail::SourceLine> sources, std::vector<std::vector<Translation>>& out,
                 detail::Failure& failure);

  Generator& generator_;
  Tokenizers tokenizers_;
  TranslateOptions options_;
  std::unique_ptr<detail::LineConstraints> constraints_;
  TranslateReport report_;
};

// Returns the function with which validation and evaluation write outputs. For a Generator it gives the best output of
// each line, for another Classifier the label; for other models MakeTranslate returns an empty function. Long lines are
// cut.
STRATA_API MakeTranslate make_translate(TranslateOptions options);

// Returns outputs in the n-best format of Moses, one line for each with a line end: "0 ||| text ||| logp= -3.21 |||
// -0.4012". `line` counts from 0. An output that was cut at the longest length is marked: "logp= -3.21 cut= 1".
STRATA_API std::string moses_n_best(std::int64_t line, const std::vector<Translation>& n_best);

// Returns {"outputs":[{"text":...,"log_probability":...,"score":...,"finished":true}]} without a line end. A number
// that is not finite becomes null.
STRATA_API std::string translation_json(const std::vector<Translation>& n_best);

// Returns {"text", "log_probability", "score", "finished"}. A number that is not finite becomes null.
STRATA_API Config to_config(const Translation& translation);

// Returns an alignment without </s> on either side, which Pharaoh pairs do not count.
STRATA_API Alignment without_end(const Alignment& alignment);

}  // namespace strata
