// decode: chooses the search and sets what surrounds it.
#include "strata/decode/search.hpp"

#include <numeric>
#include <string>

#include "decode/walk.hpp"
#include "strata/autograd/context.hpp"
#include "strata/core/error.hpp"

namespace strata {

std::vector<std::vector<Hypothesis>> decode(Generator& generator, const TensorBatch& batch,
                                            const DecodeOptions& options, std::span<const std::int64_t> numbers) {
  options.check();
  const std::int64_t sentences = batch.source.size(0);
  if (sentences == 0) return {};
  const ContextScope scope;
  context().recording = false;
  context().training = false;
  detail::Walk walk(generator, batch, options);
  if (options.search == Search::beam) {
    return options.beam_size == 1 ? detail::greedy(walk, options) : detail::beam(walk, options);
  }
  std::vector<std::int64_t> places(static_cast<std::size_t>(sentences));
  std::iota(places.begin(), places.end(), 0);
  if (numbers.empty()) numbers = places;
  if (static_cast<std::int64_t>(numbers.size()) != sentences) {
    throw Error("E_SHAPE", "[decode]",
                std::to_string(numbers.size()) + " numbers for " + std::to_string(sentences) + " sentences");
  }
  return detail::sample(walk, options, numbers);
}

}  // namespace strata
