// evaluate_text: the work of `strata eval RUN --text FILE`, perplexity and bits of a whole text.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "strata/core/config.hpp"
#include "strata/core/export.hpp"
#include "strata/run/load_model.hpp"
#include "strata/run/token_scorer.hpp"

namespace strata {

// How a text is read. Window: the tokens that are read to predict some tokens after the first of them.
struct EvaluateTextOptions {
  std::string file;  // text file in UTF-8
  // Number of tokens that a window reads, a start token counted. 0: the longest context of the model; a model without
  // one that carries state (Loss::carry) reads the whole text with it.
  std::int64_t context = 0;
  std::int64_t stride =
      0;  // number of tokens that a window counts, at most `context`; 0: half of the context, 1 at least
  ScoreBatch batch = {};  // how many windows are read together
};

// The report of evaluate_text(). Each token is counted once, except a first one before which nothing stands.
struct STRATA_API TextReport {
  double nll = 0;            // sum of -log p of the counted tokens, in nats
  std::int64_t tokens = 0;   // tokens of the text
  std::int64_t counted = 0;  // tokens that were predicted
  std::int64_t unknown = 0;  // tokens that are unknown to the vocabulary
  std::int64_t bytes = 0;    // bytes of the text, without a byte order mark
  std::int64_t words = 0;    // parts of the text between white space
  std::int64_t windows = 0;  // windows, or batches of a text that is read with carried state
  std::int64_t context = 0;  // tokens that a window read; 0: all tokens before, by carried state
  std::int64_t stride = 0;   // tokens that a window counted; 0: with carried state

  double loss() const;           // nats for each counted token
  double perplexity() const;     // exp(loss)
  double bits_per_byte() const;  // nll / ln 2 / bytes
  double bits_per_word() const;  // nll / ln 2 / words; NaN when there is no word
};

// Reads a text with a language model. A token that is not among the first `context` is predicted from at least context
// - stride tokens before it. The result depends on the options, but not on the batch, up to rounding. Throws
// E_MODEL_CAPABILITY for a model that is no language model, E_CONFIG_RANGE for a context above that of the model and a
// stride above the context, E_DATA_EMPTY for a text without a token to predict, E_DATA_UTF8, E_IO_*, and E_STOPPED.
STRATA_API TextReport evaluate_text(const LoadedModel& loaded, const EvaluateTextOptions& options);

// Returns the figures with their names, for output: loss, perplexity, bits_per_byte, bits_per_word, tokens, counted,
// unknown, bytes, words, windows, context, stride. A figure that is not finite is null.
STRATA_API Config to_config(const TextReport& report);

}  // namespace strata
