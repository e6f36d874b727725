// Forms of a translation: Moses n-best lines, JSON lines, alignments without </s>.
#include <cmath>
#include <cstdio>

#include "strata/core/json.hpp"
#include "strata/run/translate_run.hpp"

namespace strata {

std::string moses_n_best(std::int64_t line, const std::vector<Translation>& n_best) {
  std::string out;
  for (const Translation& one : n_best) {
    char numbers[96];
    std::snprintf(numbers, sizeof numbers, " ||| logp= %.4f%s ||| %.4f\n", one.log_probability,
                  one.finished ? "" : " cut= 1", one.score);
    out += std::to_string(line) + " ||| " + one.text + numbers;
  }
  return out;
}

Config to_config(const Translation& translation) {
  const auto number = [](double value) { return std::isfinite(value) ? Config(value) : Config(); };
  return Config::object({{"text", translation.text},
                         {"log_probability", number(translation.log_probability)},
                         {"score", number(translation.score)},
                         {"finished", translation.finished}});
}

std::string translation_json(const std::vector<Translation>& n_best) {
  Config::Items outputs;
  for (const Translation& one : n_best) outputs.push_back(to_config(one));
  return write_json(Config::object({{"outputs", Config::array(std::move(outputs))}}), 0);
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
