// decode: chooses the search and sets what surrounds it.
#include "strata/decode/search.hpp"

#include <algorithm>
#include <numeric>
#include <string>

#include "decode/check_constraints.hpp"
#include "decode/search_steps.hpp"
#include "strata/core/error.hpp"
#include "strata/tensor/context.hpp"

namespace strata {

std::vector<std::vector<Hypothesis>> decode(Generator& generator, const TensorBatch& batch,
                                            const DecodeOptions& options, std::span<const std::int64_t> numbers,
                                            std::span<const Constraints> constraints) {
  auto found = detail::decode_unchecked(generator, batch, options, numbers, constraints);
  for (std::size_t s = 0; s < std::min(found.size(), constraints.size()); ++s) {
    detail::check_met(constraints[s], numbers.empty() ? static_cast<std::int64_t>(s) : numbers[s], found[s][0]);
  }
  return found;
}

std::vector<std::vector<Hypothesis>> detail::decode_unchecked(Generator& generator, const TensorBatch& batch,
                                                              const DecodeOptions& options,
                                                              std::span<const std::int64_t> numbers,
                                                              std::span<const Constraints> constraints) {
  options.check();
  const std::int64_t sentences = batch[generator.input()].size(0);
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
  detail::SearchSteps walk(generator, batch, options);
  if (!constraints.empty() && static_cast<std::int64_t>(constraints.size()) != sentences) {
    throw Error("E_SHAPE", "[decode]",
                std::to_string(constraints.size()) + " constraints for " + std::to_string(sentences) + " sentences");
  }
  for (std::size_t s = 0; s < constraints.size(); ++s) {
    detail::check_constraints(constraints[s], numbers[s], walk.longest(static_cast<std::int64_t>(s)), options);
  }
  if (options.search == Search::sample) return detail::sample(walk, options, numbers);
  const bool plain =
      options.beam_size == 1 && options.no_repeat_ngram == 0 && options.coverage_penalty == 0 && constraints.empty();
  if (plain) return detail::greedy(walk, options);
  return detail::beam(walk, options, constraints);
}

}  // namespace strata
