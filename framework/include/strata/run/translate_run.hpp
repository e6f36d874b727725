// Translator: lines in, lines out. What `strata translate`, `strata eval` and validation by BLEU have in common.
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

// How alike two outputs are.
enum class Utility { chrf, bleu };

// How lines are batched and searched.
struct STRATA_API TranslateOptions : LineOptions {
  DecodeOptions decode;                 // its options stand among these
  std::string constraints, prefix;      // files with a line for each source line; empty: none
  bool prefix_goes_on = false;          // the last word of a prefix may become a longer one
  std::int64_t mbr_samples = 0;         // minimum Bayes risk over so many samples; 0: none
  Utility mbr_utility = Utility::chrf;  // measure of how alike outputs are

  void visit(auto& option) {
    decode.visit(option);
    option("constraints", constraints,
           "file with one line for each source line: phrases of the output, with tabs between them");
    option("prefix", prefix, "file with one line for each source line: the beginning of the output");
    option("prefix_goes_on", prefix_goes_on, "permission for the last word of a prefix to become a longer one");
    option("mbr_samples", mbr_samples,
           "samples of which those most like the others are written, minimum Bayes risk (0: no such choice)")
        .range(0, 1024);
    option("mbr_utility", mbr_utility, "measure of how alike two samples are",
           {{"chrf", Utility::chrf}, {"bleu", Utility::bleu}});
    LineOptions::visit(option);
  }
};

// One output of a line.
struct Translation {
  std::string text;            // as the target tokenizer decodes it
  double log_probability = 0;  // as Hypothesis has them
  double score = 0;            // higher is better
  bool finished = true;        // false: cut at the longest length
  Alignment alignment;         // tokens of both sides, </s> included; empty unless the context captures weights
  // The same by words, </s> included: a source word has the sum of its tokens' weights, a target word the mean.
  Alignment words;
};

// Counts of a Translator, over all its calls.
struct TranslateReport : LineReport {
  std::int64_t unfinished = 0;     // best outputs that were cut at the longest length
  std::int64_t target_tokens = 0;  // of the best outputs, without </s>
};

// Model and tokenizers outlive it. Used from one thread.
class STRATA_API Translator {
 public:
  // Throws E_MODEL_CAPABILITY when the model is no Generator, E_CONFIG_RANGE (options; mbr_samples without search
  // "sample", or fewer than n_best).
  Translator(Model& model, const Tokenizers& tokenizers, const TranslateOptions& options);
  // Of several models together.
  Translator(Ensemble& ensemble, const Tokenizers& tokenizers, const TranslateOptions& options);
  ~Translator();

  // n-best of each line, in order. An empty line has one empty translation, unless a prefix or phrases are asked for:
  // then the model writes it. Throws E_DATA_LONG for a line with too many tokens, unless long lines are cut.
  std::vector<std::vector<Translation>> translate(std::span<const std::string> lines);

  // Lines in chunks to their end; `each` gets every line's n-best in order, as soon as its chunk is done. What stands
  // before a line that is bad, or that has a bad line in a file of prefixes or constraints, is still handed out. Throws
  // E_DATA_UNEQUAL when such a file has more lines or fewer.
  using Each = std::function<void(std::int64_t line, const std::vector<Translation>& n_best)>;
  void translate(LineReader& reader, const Each& each);

  // So far.
  const TranslateReport& report() const noexcept { return report_; }
  // One counted line each: lines that were cut, outputs that were.
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

// What validation and evaluation write with: a Generator's best output of each line, else a Classifier's label; a model
// that is neither writes nothing (an empty function). Long lines are cut.
STRATA_API MakeTranslate make_translate(TranslateOptions options);

// Moses: "0 ||| text ||| logp= -3.21 ||| -0.4012", one line each, with line ends. `line` counts from 0. An output that
// was cut at the longest length is marked: "logp= -3.21 cut= 1".
STRATA_API std::string moses_n_best(std::int64_t line, const std::vector<Translation>& n_best);

// {"outputs":[{"text":...,"log_probability":...,"score":...,"finished":true}]}, no line end. A number that is not
// finite is null.
STRATA_API std::string translation_json(const std::vector<Translation>& n_best);

// The alignment without </s> on either side: what Pharaoh pairs count.
STRATA_API Alignment without_end(const Alignment& alignment);

}  // namespace strata
