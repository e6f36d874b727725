// Fills memory by words of eight bytes, whatever the element.
#include "kernels/fill.hpp"

#include <cstring>

#include "kernels/grid.hpp"

namespace strata::cuda {
namespace {

constexpr std::size_t kWord = sizeof(std::uint64_t);

struct FillKernel {
  unsigned char* to;
  std::uint64_t word;  // the element, again and again
  std::int64_t bytes;
  bool aligned;  // `to`, to a word
  STRATA_BOTH void operator()(std::int64_t i) const {
    constexpr auto kSize = static_cast<std::int64_t>(kWord);
    const std::int64_t at = i * kSize;
    if (aligned && at + kSize <= bytes) {
      *reinterpret_cast<std::uint64_t*>(to + at) = word;
      return;
    }
    for (std::int64_t k = at; k < at + kSize && k < bytes; ++k) {
      to[k] = static_cast<unsigned char>(word >> (8 * static_cast<unsigned>(k - at)));
    }
  }
};

}  // namespace

void fill(void* to, const void* element, std::size_t bytes, std::size_t count, void* stream) {
  unsigned char pattern[kWord];
  for (std::size_t i = 0; i < kWord; i += bytes) std::memcpy(pattern + i, element, bytes);
  std::uint64_t word = 0;
  std::memcpy(&word, pattern, kWord);
  const auto all = static_cast<std::int64_t>(bytes * count);
  each((all + 7) / 8, stream, "fill",
       FillKernel{static_cast<unsigned char*>(to), word, all, reinterpret_cast<std::uintptr_t>(to) % kWord == 0});
}

}  // namespace strata::cuda
