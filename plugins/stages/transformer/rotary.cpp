// Rotary positions and their scalings.
#include "rotary.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "strata/core/error.hpp"
#include "strata/ops/positions.hpp"

namespace strata {
namespace {

using Options = RotaryPositions::Options;
using Scaling = RotaryPositions::Scaling;

[[noreturn]] void refuse(const std::string& message, const std::string& hint) {
  throw Error("E_CONFIG_POSITIONS", "positional/rotary", message, hint);
}

std::int64_t rotated_width(const Options& options, std::int64_t head_width) {
  if (head_width <= 0) refuse("the model does not say how wide its heads are", "use positions that are added");
  const auto width = static_cast<std::int64_t>(static_cast<double>(head_width) * options.fraction);
  if (width >= 2 && width % 2 == 0) return width;
  refuse(std::to_string(width) + " of " + std::to_string(head_width) + " elements of a head are no pairs",
         "choose head_width and fraction so that their product is even");
}

double wave_length(double frequency) { return 2 * std::numbers::pi / frequency; }

// Frequencies whose waves are long are divided by the factor; between the two limits, both are mixed.
void scale_as_llama3(const Options& options, std::vector<double>& frequencies) {
  const auto length = static_cast<double>(options.original_length);
  for (double& each : frequencies) {
    const double turns = length / wave_length(each);
    const double kept =
        std::clamp((turns - options.low_frequency) / (options.high_frequency - options.low_frequency), 0.0, 1.0);
    each = (1 - kept) * each / options.factor + kept * each;
  }
}

// The same by the number of the pair, which falls with the logarithm of the frequency (Peng et al., 2023, section 3.2).
void scale_as_yarn(const Options& options, std::vector<double>& frequencies) {
  const auto length = static_cast<double>(options.original_length), width = 2 * static_cast<double>(frequencies.size());
  const auto pair_of = [&](double turns) {
    return width * std::log(length / (turns * 2 * std::numbers::pi)) / (2 * std::log(options.base));
  };
  const double first = std::max(0.0, std::floor(pair_of(options.beta_fast)));
  double last = std::min(width - 1, std::ceil(pair_of(options.beta_slow)));
  if (first == last) last += 0.001;
  for (std::size_t i = 0; i < frequencies.size(); ++i) {
    const double divided = std::clamp((static_cast<double>(i) - first) / (last - first), 0.0, 1.0);
    frequencies[i] *= divided / options.factor + (1 - divided);
  }
}

std::vector<double> frequencies_of(const Options& options, std::int64_t width) {
  std::vector<double> frequencies;
  for (std::int64_t i = 0; i < width; i += 2) {
    frequencies.push_back(std::pow(options.base, -static_cast<double>(i) / static_cast<double>(width)));
  }
  if (options.scaling == Scaling::linear) {
    for (double& each : frequencies) each /= options.factor;
  }
  if (options.scaling != Scaling::llama3 && options.scaling != Scaling::yarn) return frequencies;
  if (options.original_length == 0) refuse("this scaling needs original_length", "give the context before scaling");
  if (options.scaling == Scaling::yarn) {
    scale_as_yarn(options, frequencies);
  } else {
    if (options.high_frequency <= options.low_frequency)
      refuse("high_frequency is not above low_frequency", "swap them");
    scale_as_llama3(options, frequencies);
  }
  return frequencies;
}

}  // namespace

RotaryPositions::RotaryPositions(const Options& options, const Facts& facts)
    : max_length_(options.max_length), factor_(1) {
  const std::vector<double> wide = frequencies_of(options, rotated_width(options, facts.head_width));
  const std::vector<float> narrow(wide.begin(), wide.end());
  frequencies_ = Constant(narrow, {static_cast<std::int64_t>(narrow.size())});
  if (options.scaling != Scaling::yarn) return;
  factor_ = options.attention_factor > 0 ? options.attention_factor : 0.1 * std::log(options.factor) + 1;
}

Tensor RotaryPositions::rotate(const Tensor& x, const Tensor& positions) const {
  return rotary(x, positions, frequencies_.on(x.device()), factor_);
}

}  // namespace strata
