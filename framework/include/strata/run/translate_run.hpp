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
struct SourceLine;
class LineConstraints;
}  // namespace detail

// How alike two outputs are.
enum class Utility { chrf, bleu };

// How lines are batched and searched.
struct STRATA_API TranslateOptions : LineOptions {
  DecodeOptions decode;                 // its options stand among these
  std::string constraints, prefix;      // files with a line a source line; empty: none
  std::int64_t mbr_samples = 0;         // minimum Bayes risk over so many samples; 0: none
  Utility mbr_utility = Utility::chrf;  // what alike is measured by

  void visit(auto& option) {
    decode.visit(option);
    option("constraints", constraints,
           "file with a line a source line: phrases that the output contains, apart by tabs");
    option("prefix", prefix, "file with a line a source line: what the output begins with");
    option("mbr_samples", mbr_samples,
           "draw this many samples and write those that are most like the others (minimum Bayes risk); 0: do not")
        .range(0, 1024);
    option("mbr_utility", mbr_utility, "what alike is measured by", {{"chrf", Utility::chrf}, {"bleu", Utility::bleu}});
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

  // n-best of each line, in order. An empty line has one empty translation. Throws E_DATA_LONG for a line with too many
  // tokens, unless long lines are cut.
  std::vector<std::vector<Translation>> translate(std::span<const std::string> lines);

  // Lines in chunks to their end; `each` gets every line's n-best in order, as soon as its chunk is done. What stands
  // before a bad line is still handed out.
  using Each = std::function<void(std::int64_t line, const std::vector<Translation>& n_best)>;
  void translate(LineReader& reader, const Each& each);

  // So far.
  const TranslateReport& report() const noexcept { return report_; }
  // One counted line each: lines that were cut, outputs that were.
  std::vector<std::string> warnings() const;

 private:
  Translator(Generator* generator, const Tokenizers& tokenizers, const TranslateOptions& options);
  void keep_likely(std::vector<Translation>& samples) const;
  void run_batch(std::span<const detail::SourceLine> sources, std::vector<std::vector<Translation>>& out);

  Generator& generator_;
  Tokenizers tokenizers_;
  TranslateOptions options_;
  std::unique_ptr<detail::LineConstraints> constraints_;
  TranslateReport report_;
};

// What validation and evaluation write with: a Generator's best output of each line, else a Classifier's label; a model
// that is neither writes nothing (an empty function). Long lines are cut.
STRATA_API MakeTranslate make_translate(TranslateOptions options);

// Moses: "0 ||| text ||| logp= -3.21 ||| -0.4012", one line each, with line ends. `line` counts from 0.
STRATA_API std::string moses_n_best(std::int64_t line, const std::vector<Translation>& n_best);

// The alignment without </s> on either side: what word pairs count.
STRATA_API Alignment without_end(const Alignment& alignment);

}  // namespace strata
