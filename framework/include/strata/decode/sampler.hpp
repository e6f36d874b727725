// Sampler: changes the distribution from which the next token of a row is drawn. It is the role of "sampler" in a
// recipe.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "strata/core/export.hpp"

namespace strata {

// What a row was given, and what it has written so far. All ids are of the vocabulary of the logits.
struct Written {
  // The tokens that the row goes on from, such as the prompt of a language model. A source that a model reads in
  // Generator::begin() is not among them: its ids may be of another vocabulary.
  std::span<const std::int32_t> prompt;
  std::span<const std::int32_t> ids;  // the tokens written so far, without <s>
};

// A sampler works on the logits of one row, on the host. Samplers form a chain: each of them gets the logits that the
// one before it has left, and the token is drawn from the softmax of what the last one leaves. Built in are
// repetition_penalty, temperature, top_k, top_p and min_p; where two tokens have equal logits, they prefer the one with
// the lower id.
//
// One object works for all rows of a search, in any order, and is used from one thread at a time. It may keep scratch
// memory (mutable), but what apply() does must depend on its arguments and the options alone.
class STRATA_API Sampler {
 public:
  static constexpr std::string_view kRole = "sampler";
  struct Facts {
    std::int64_t vocabulary = 0;  // V, the number of logits of a row
  };

  Sampler() = default;
  virtual ~Sampler();
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  // Changes the logits of the next token in place, [V]. A token at -infinity is excluded: it is never drawn, and must
  // stay excluded. The others are finite, and at least one of them is there before the call and must be there after it;
  // no logit may become NaN or +infinity. Only the softmax counts, so a constant may be added to all of them. It is
  // called for every token that is drawn, so it should allocate nothing after its first call, and select where it need
  // not sort. decode() throws E_PLUGIN_SAMPLER, which names the sampler, when the result breaks these rules.
  virtual void apply(std::span<float> logits, const Written& row) const = 0;
};

}  // namespace strata
