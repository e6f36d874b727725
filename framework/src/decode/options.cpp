// DecodeOptions: checks across options, length penalties.
#include "strata/decode/options.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "strata/core/error.hpp"

namespace strata {

void DecodeOptions::check() const {
  if (search == Search::beam && n_best > beam_size) {
    throw Error("E_CONFIG_RANGE", "n_best",
                std::to_string(n_best) + " outputs of a beam of " + std::to_string(beam_size) +
                    " (allowed: 1 <= n_best <= beam_size)",
                "a larger beam_size, or search \"sample\"");
  }
  if (search == Search::beam && beam_size % beam_groups != 0) {
    throw Error("E_CONFIG_RANGE", "beam_groups",
                std::to_string(beam_groups) + " groups of a beam of " + std::to_string(beam_size),
                "take a divisor of beam_size");
  }
  const char* of_beam = search != Search::sample ? nullptr
                        : coverage_penalty > 0   ? "coverage_penalty"
                        : beam_groups > 1        ? "beam_groups"
                        : no_repeat_ngram > 0    ? "no_repeat_ngram"
                                                 : nullptr;
  if (of_beam != nullptr) {
    throw Error("E_CONFIG_RANGE", of_beam, "is of beam search, and samples are asked for", "set search to \"beam\"");
  }
  const char* of_samples = search != Search::beam    ? nullptr
                           : temperature != 1        ? "temperature"
                           : top_k > 0               ? "top_k"
                           : top_p < 1               ? "top_p"
                           : min_p > 0               ? "min_p"
                           : repetition_penalty != 1 ? "repetition_penalty"
                           : !samplers.empty()       ? "samplers"
                                                     : nullptr;
  if (of_samples != nullptr) {
    throw Error("E_CONFIG_RANGE", of_samples, "is of samples, and a beam search is asked for",
                "set search to \"sample\"");
  }
}

double DecodeOptions::normalised(double log_probability, std::int64_t length) const {
  const auto tokens = static_cast<double>(length);
  const double base = length_penalty == LengthPenalty::gnmt ? (5 + tokens) / 6 : std::max(1.0, tokens);
  return log_probability / std::pow(base, length_normalisation);
}

std::int64_t DecodeOptions::longest(std::int64_t source_tokens) const {
  return static_cast<std::int64_t>(max_length_ratio * static_cast<double>(source_tokens)) + max_length;
}

}  // namespace strata
