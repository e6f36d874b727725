// TokenScorer: log-probabilities of tokens that are given. `strata logprobs` and `strata eval` with --text or --choices
// use it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/data/feed.hpp"
#include "strata/model/capabilities.hpp"
#include "strata/text/tokenizer.hpp"

namespace strata {

class Model;

// How many rows are scored together.
struct ScoreBatch {
  std::int64_t size = 64;  // most rows in a batch
  // Most tokens in a batch, padding counted (a single row may have more). With a large vocabulary there are fewer, so
  // that the logits of a batch stay below 2^27.
  std::int64_t tokens = 8192;
};

// Tokens to score and what stands before them.
struct GivenTokens {
  // Language models: tokens that are read before `ids`, such as a start token and a prompt; may be empty. Models of
  // pairs: the source.
  std::vector<std::int32_t> before;
  // Tokens that are scored. Models of pairs: the whole target, with the token that ends it.
  std::vector<std::int32_t> ids;
};

// Scores tokens with a Scorer, a language model or a model of pairs. The model and the feed must outlive it.
class STRATA_API TokenScorer {
 public:
  // Throws E_MODEL_CAPABILITY at `place` when the model is no Scorer, or when its vocabularies are neither "text" nor
  // "source" and "target".
  TokenScorer(Model& model, std::shared_ptr<const Feed> feed, const Tokenizers& tokenizers, const ScoreBatch& batch,
              std::string place);

  // True for a model of pairs, whose target is scored given the source.
  bool translates() const noexcept { return translates_; }
  // The largest number of tokens that a language model can read before the token that it scores; of a model of pairs,
  // the largest number of target tokens. 0: any number.
  std::int64_t context() const noexcept { return context_; }

  // Encodes a text, of a language model: `before` has the start token where the feed puts one before a text.
  GivenTokens encode(std::string_view text) const;
  // Encodes a pair, of a model of pairs.
  GivenTokens encode(std::string_view source, std::string_view target) const;
  // Returns the tokens that stand for the beginning of a text: the start token where the feed puts one, else what it
  // puts in place of an empty text. Throws E_DATA_EMPTY at `place` when it has none.
  std::vector<std::int32_t> opening(const std::string& place) const;

  // Throws E_DATA_LONG at `place`, with both numbers, when the tokens do not fit into context().
  void require_fits(const GivenTokens& given, const std::string& place, const std::string& hint) const;
  // Returns the log-probability of each of GivenTokens::ids, in order; NaN for a first one before which nothing stands.
  // Rows of similar lengths form a batch. Throws E_MODEL_LOGITS when a log-probability is not finite, and E_STOPPED
  // when interrupted.
  std::vector<std::vector<double>> score(std::span<const GivenTokens> given);

 private:
  void score_batch(std::span<const GivenTokens> given, std::span<const std::size_t> rows,
                   std::vector<std::vector<double>>& out);

  Scorer* scorer_;  // never null
  std::shared_ptr<const Feed> feed_;
  Tokenizers tokenizers_;
  ScoreBatch batch_;
  std::string place_;
  bool translates_;
  std::int64_t context_ = 0;
};

}  // namespace strata
