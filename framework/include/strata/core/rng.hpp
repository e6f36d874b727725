// Rng: a sequential stream of random numbers on the host, for shuffles and samples. Its state is a key and a position.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "strata/core/philox.hpp"

namespace strata {

class Rng {
 public:
  // Starts a stream. Each pair of seed and path ("data/shuffle") has its own.
  Rng(std::uint64_t seed, std::string_view path) noexcept : key_(hash64(seed, path)) {}
  // Continues a stream at a key() and position() that were saved.
  Rng(std::uint64_t key, std::uint64_t position) noexcept : key_(key), position_(position) {}

  std::uint64_t key() const noexcept { return key_; }            // key of the stream
  std::uint64_t position() const noexcept { return position_; }  // words drawn so far

  // The next 32 or 64 random bits.
  std::uint32_t word() noexcept {
    const std::uint64_t block = position_ / 4;
    const PhiloxBlock out =
        philox4x32({{static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32U), 0, 0}}, key_);
    return out.word[position_++ % 4];
  }
  std::uint64_t word64() noexcept {
    const std::uint64_t low = word();
    return low | (std::uint64_t{word()} << 32U);
  }
  // Uniform in [0, 1).
  double uniform() noexcept { return static_cast<double>(word64() >> 11U) * 0x1p-53; }
  // Uniform in [0, bound), without bias; bound > 0.
  std::uint64_t below(std::uint64_t bound) noexcept {
    const std::uint64_t skip = (0 - bound) % bound;  // 2^64 mod bound
    for (;;) {
      const std::uint64_t value = word64();
      if (value >= skip) return value % bound;
    }
  }
  // Standard normal (Box and Muller, 1958), from two uniform numbers.
  double normal() noexcept {
    const double u = 1.0 - uniform(), v = uniform();
    return std::sqrt(-2.0 * std::log(u)) * std::cos(6.283185307179586476925 * v);
  }
  // Shuffles a vector (Fisher-Yates). The order is the same on every platform, which std::shuffle does not promise.
  template <class Vector>
  void shuffle(Vector& values) noexcept {
    for (std::size_t i = values.size(); i > 1; --i) {
      using std::swap;
      swap(values[i - 1], values[static_cast<std::size_t>(below(i))]);
    }
  }

 private:
  std::uint64_t key_, position_ = 0;
};

}  // namespace strata
