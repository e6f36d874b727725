// Segmenter: applies merge operations to words, best first.
#pragma once

#include <strata/core/rng.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codes.hpp"

namespace bpe {

class Segmenter {
 public:
  explicit Segmenter(const Codes& codes);
  ~Segmenter();
  Segmenter(Segmenter&&) noexcept;
  Segmenter& operator=(Segmenter&&) noexcept;

  // The parts of `word`, which point into it: as subword-nmt's apply-bpe. O(n log n) for n characters. Thread safe.
  std::vector<std::string_view> split(std::string_view word) const;

  // The same, but each time a merge is chosen, every merge that is possible is left out with probability `dropout`, and
  // the word stays as it is when none is left (BPE-dropout: Provilkov, Emelianenko and Voita, 2020, algorithm 1, as
  // subword-nmt has it). O(n^2), so words of more than kLongestSampled bytes are cut as split() cuts them.
  std::vector<std::string_view> sample(std::string_view word, double dropout, strata::Rng& random) const;
  static constexpr std::size_t kLongestSampled = 1000;

  // Undoes the merge that made a part: the length of its left half, or 0 when no merge made it. `final`: the part ends
  // its word.
  std::size_t halve(std::string_view part, bool final) const;

 private:
  struct Tables;
  std::unique_ptr<Tables> tables_;
};

}  // namespace bpe
