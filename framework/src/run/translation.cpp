// Forms of a translation: Moses n-best lines, alignments of words alone.
#include <cstdio>

#include "strata/run/translate_run.hpp"

namespace strata {

std::string moses_n_best(std::int64_t line, const std::vector<Translation>& n_best) {
  std::string out;
  for (const Translation& one : n_best) {
    char numbers[64];
    std::snprintf(numbers, sizeof numbers, " ||| logp= %.4f ||| %.4f\n", one.log_probability, one.score);
    out += std::to_string(line) + " ||| " + one.text + numbers;
  }
  return out;
}

Alignment without_end(const Alignment& alignment) {
  const auto words = [](std::vector<std::string> tokens) {
    if (!tokens.empty() && tokens.back() == "</s>") tokens.pop_back();
    return tokens;
  };
  Alignment out{words(alignment.source), words(alignment.target), {}};
  for (std::size_t t = 0; t < out.target.size(); ++t) {
    for (std::size_t s = 0; s < out.source.size(); ++s) out.weights.push_back(alignment.at(t, s));
  }
  return out;
}

}  // namespace strata
