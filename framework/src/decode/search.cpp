// decode: chooses the search and sets what surrounds it.
#include "strata/decode/search.hpp"

#include <algorithm>
#include <numeric>
#include <string>

#include "decode/walk.hpp"
#include "strata/autograd/context.hpp"
#include "strata/core/error.hpp"
#include "strata/text/vocabulary.hpp"

namespace strata {
namespace {

[[noreturn]] void refuse(std::int64_t sentence, const std::string& what, const std::string& hint = {}) {
  throw Error("E_DATA_CONSTRAINT", "sentence " + std::to_string(sentence + 1), what, hint);
}

void check_constraints(std::span<const Constraints> constraints, const detail::Walk& walk, const DecodeOptions& options,
                       std::span<const std::int64_t> numbers) {
  constexpr std::size_t kMostPhrases = 64;
  if (!constraints.empty() && static_cast<std::int64_t>(constraints.size()) != walk.sentences()) {
    throw Error(
        "E_SHAPE", "[decode]",
        std::to_string(constraints.size()) + " constraints for " + std::to_string(walk.sentences()) + " sentences");
  }
  for (std::size_t s = 0; s < constraints.size(); ++s) {
    const Constraints& one = constraints[s];
    if (!one) continue;
    const std::int64_t number = numbers[s];
    if (options.search == Search::sample) refuse(number, "samples take no constraints", "set search to \"beam\"");
    if (!one.phrases.empty() && options.beam_groups > 1)
      refuse(number, "phrases and beam_groups share out the beam both");
    if (one.phrases.size() > kMostPhrases)
      refuse(number, std::to_string(one.phrases.size()) + " phrases (allowed: 64)");
    std::size_t tokens = one.prefix.size();
    for (const auto& phrase : one.phrases) {
      if (phrase.empty()) refuse(number, "a phrase without a token");
      tokens += phrase.size();
    }
    const std::int64_t longest = walk.longest(static_cast<std::int64_t>(s));
    if (static_cast<std::int64_t>(tokens) >= longest) {
      refuse(number,
             std::to_string(tokens) + " tokens are asked for, and </s>, of an output of at most " +
                 std::to_string(longest),
             "raise max_length");
    }
    const auto check = [&](const std::vector<std::int32_t>& ids) {
      for (const std::int32_t id : ids) {
        if (id < kUnk) refuse(number, "token " + std::to_string(id) + " cannot be written");
        if (id == kUnk && !options.allow_unknown) {
          refuse(number, "a word of it is not in the vocabulary", "write it in words that the training data had");
        }
      }
    };
    check(one.prefix);
    for (const auto& phrase : one.phrases) check(phrase);
  }
}

// Somewhere, and as whole words.
bool contains(const std::vector<std::int32_t>& ids, const std::vector<std::int32_t>& phrase,
              const Constraints& constraints) {
  const auto joined = [&](auto right) {
    return right != ids.begin() && right != ids.end() && constraints.joins && constraints.joins(*(right - 1), *right);
  };
  for (auto at = ids.begin();; ++at) {
    at = std::search(at, ids.end(), phrase.begin(), phrase.end());
    if (at == ids.end()) return false;
    if (!joined(at) && !joined(at + static_cast<std::ptrdiff_t>(phrase.size()))) return true;
  }
}

// What beam search could not meet, as when the longest output came first.
void check_met(std::span<const Constraints> constraints, const std::vector<std::vector<Hypothesis>>& found,
               std::span<const std::int64_t> numbers) {
  for (std::size_t s = 0; s < constraints.size(); ++s) {
    for (const auto& phrase : constraints[s].phrases) {
      if (!contains(found[s][0].ids, phrase, constraints[s])) {
        refuse(numbers[s], "no output of the longest length has all phrases", "a larger beam_size or max_length");
      }
    }
  }
}

}  // namespace

std::vector<std::vector<Hypothesis>> decode(Generator& generator, const TensorBatch& batch,
                                            const DecodeOptions& options, std::span<const std::int64_t> numbers,
                                            std::span<const Constraints> constraints) {
  options.check();
  const std::int64_t sentences = batch.source.size(0);
  if (sentences == 0) return {};
  const ContextScope scope;
  context().recording = false;
  context().training = false;
  std::vector<std::int64_t> places(static_cast<std::size_t>(sentences));
  std::iota(places.begin(), places.end(), 0);
  if (numbers.empty()) numbers = places;
  if (static_cast<std::int64_t>(numbers.size()) != sentences) {
    throw Error("E_SHAPE", "[decode]",
                std::to_string(numbers.size()) + " numbers for " + std::to_string(sentences) + " sentences");
  }
  if (options.coverage_penalty > 0) context().capture_weights = true;
  detail::Walk walk(generator, batch, options);
  check_constraints(constraints, walk, options, numbers);
  if (options.search == Search::sample) return detail::sample(walk, options, numbers);
  const bool plain =
      options.beam_size == 1 && options.no_repeat_ngram == 0 && options.coverage_penalty == 0 && constraints.empty();
  if (plain) return detail::greedy(walk, options);
  auto found = detail::beam(walk, options, constraints);
  check_met(constraints, found, numbers);
  return found;
}

}  // namespace strata
