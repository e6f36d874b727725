// Whether encoding takes linear time but for a logarithm.
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "check/texts.hpp"
#include "check/tokenizer.hpp"
#include "strata/core/rng.hpp"

namespace strata::detail {
namespace {

// 8 times the bytes take 8 times as long, with a logarithm 10 times, with a square 64 times. Between lies room for
// caches that no longer hold the larger text.
constexpr double kMost = 24;
// The smaller text is as large as this takes, so that a square weighs more than what each word costs.
constexpr double kEnough = 5e-3;  // seconds
constexpr std::size_t kSmallest = std::size_t{1} << 10U, kLargest = std::size_t{1} << 17U;

// Words of the samples and words that are nowhere; or one word.
std::string text_of(std::size_t size, bool one_word, Rng& random) {
  static const std::vector<std::string> words = words_of(sample_lines()[0] + " " + sample_lines()[2]);
  std::string text;
  while (text.size() < size) {
    if (!one_word && random.below(2) == 0) text += words[random.below(words.size())] + " ";
    for (std::uint64_t left = 1 + random.below(8); left > 0; --left) text += static_cast<char>('a' + random.below(26));
    if (!one_word) text += ' ';
  }
  return text;
}

// The quickest of three, each of another text, in time of this process: others may keep the machine busy.
double seconds(const Tokenizer& tokenizer, std::size_t size, bool one_word, Rng& random) {
  double best = 1e9;
  for (int i = 0; i < 3; ++i) {
    const std::string text = text_of(size, one_word, random);
    const std::clock_t start = std::clock();
    (void)ids_of(tokenizer, text);
    best = std::min(best, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  return best;
}

}  // namespace

std::string check_linear_time(const Tokenizer& tokenizer, std::int64_t seed) {
  Rng random(static_cast<std::uint64_t>(seed), "check/time");
  std::string text;
  for (const bool one_word : {false, true}) {
    std::size_t size = kSmallest;
    double small = seconds(tokenizer, size, one_word, random);
    while (small < kEnough && size < kLargest) {
      size *= 2;
      small = seconds(tokenizer, size, one_word, random);
    }
    const double large = seconds(tokenizer, 8 * size, one_word, random), ratio = large / std::max(small, 1e-4);
    const std::string kind = one_word ? "one word" : "words";
    if (ratio > kMost) {
      throw CheckFailed{fmt::format("{} of {} KiB take {:.1f} ms, of {} KiB {:.0f} ms: {:.0f} x (at most {:g} x)", kind,
                                    size >> 10U, small * 1e3, size >> 7U, large * 1e3, ratio, kMost)};
    }
    text += fmt::format("{}{}: {} to {} KiB {:.1f} x", text.empty() ? "" : ", ", kind, size >> 10U, size >> 7U, ratio);
  }
  return fmt::format("{}, at most {:g} x", text, kMost);
}

}  // namespace strata::detail
