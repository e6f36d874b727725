// Translator: lines in, lines out. What `strata translate`, `strata eval` and validation by BLEU have in common.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/core/options.hpp"
#include "strata/data/line_reader.hpp"
#include "strata/decode/options.hpp"
#include "strata/report/alignment.hpp"
#include "strata/run/train_run.hpp"

namespace strata {

// What a source line above max_source_length is.
enum class LongLines { error, cut };

// How lines are batched and searched.
struct STRATA_API TranslateOptions {
  DecodeOptions decode;  // its options stand among these
  std::int64_t batch_size = 64;
  std::int64_t batch_tokens = 8192;
  std::int64_t chunk = 4096;
  std::int64_t max_source_length = 1000;
  LongLines long_lines = LongLines::error;

  void visit(auto& option) {
    decode.visit(option);
    option("batch_size", batch_size, "sentences translated at once").range(1, 4096);
    option("batch_tokens", batch_tokens, "source tokens at once, padding counted (one sentence always goes)").min(1);
    option("chunk", chunk, "lines read ahead, sorted by length and translated; 1 answers line by line")
        .range(1, 1 << 24);
    option("max_source_length", max_source_length, "tokens of a source line").min(1);
    option("long_lines", long_lines, "a line with more tokens is an error, or is cut and counted",
           {{"error", LongLines::error}, {"cut", LongLines::cut}});
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
struct TranslateReport {
  // Lines read, of them empty and cut; best outputs that were cut at the longest length.
  std::int64_t lines = 0, empty = 0, cut = 0, unfinished = 0;
  std::int64_t source_tokens = 0, target_tokens = 0;  // without </s>; target: of the best outputs
  double seconds = 0;                                 // spent in translating, not in reading or writing
};

// Model and tokenizers outlive it. Used from one thread.
class STRATA_API Translator {
 public:
  // Throws E_MODEL_CAPABILITY when the model is no Generator, E_CONFIG_RANGE (options).
  Translator(Model& model, const Tokenizers& tokenizers, const TranslateOptions& options);

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
  struct Source;
  void check_length(const std::vector<std::int32_t>& ids, const std::string& place) const;
  void run_batch(std::span<const Source> sources, std::vector<std::vector<Translation>>& out);

  Generator& generator_;
  Tokenizers tokenizers_;
  TranslateOptions options_;
  TranslateReport report_;
};

// What validation and evaluation translate with: the best output of each line; long lines are cut.
STRATA_API MakeTranslate make_translate(TranslateOptions options);

// Moses: "0 ||| text ||| logp= -3.21 ||| -0.4012", one line each, with line ends. `line` counts from 0.
STRATA_API std::string moses_n_best(std::int64_t line, const std::vector<Translation>& n_best);

// The alignment without </s> on either side: what word pairs count.
STRATA_API Alignment without_end(const Alignment& alignment);

}  // namespace strata
