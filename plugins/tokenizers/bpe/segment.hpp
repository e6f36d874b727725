// Segmenter: applies merge operations to words, best first.
#pragma once

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

  // Undoes the merge that made a part: the length of its left half, or 0 when no merge made it. `final`: the part ends
  // its word.
  std::size_t halve(std::string_view part, bool final) const;

 private:
  struct Tables;
  std::unique_ptr<Tables> tables_;
};

}  // namespace bpe
