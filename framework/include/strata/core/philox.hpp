// Philox4x32-10, a counter-based random function (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11).
// The same key and counter give the same bits on every device. This header is C++17 without library types, because
// kernel files include it.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace strata {

// Four 32-bit words: a counter, or the random words for a counter.
struct PhiloxBlock {
  std::uint32_t word[4];  // word[0] has the lowest bits
};

// Returns four random words for a counter. Of `key`, the low 32 bits are the first word of the Philox key.
constexpr PhiloxBlock philox4x32(PhiloxBlock counter, std::uint64_t key) noexcept {
  std::uint32_t k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32U);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = std::uint64_t{0xD2511F53U} * counter.word[0];
    const std::uint64_t product1 = std::uint64_t{0xCD9E8D57U} * counter.word[2];
    counter = PhiloxBlock{
        {static_cast<std::uint32_t>(product1 >> 32U) ^ counter.word[1] ^ k0, static_cast<std::uint32_t>(product1),
         static_cast<std::uint32_t>(product0 >> 32U) ^ counter.word[3] ^ k1, static_cast<std::uint32_t>(product0)}};
    k0 += 0x9E3779B9U;
    k1 += 0xBB67AE85U;
  }
  return counter;
}

// Maps a random word to [0, 1), a multiple of 2^-24, which a float holds exactly.
constexpr float philox_uniform(std::uint32_t word) noexcept { return static_cast<float>(word >> 8U) * 0x1p-24F; }

// Maps two random words to a standard normal value (Box and Muller, 1958), at most 5.9 in magnitude. With `twin` it
// returns the second value that the method gives for the same words (sine instead of cosine).
inline float philox_normal(std::uint32_t a, std::uint32_t b, bool twin = false) noexcept {
  const double radius = std::sqrt(-2.0 * std::log((static_cast<double>(a >> 8U) + 1.0) * 0x1p-24));
  const double angle = 6.283185307179586476925 * static_cast<double>(b >> 8U) * 0x1p-24;
  return static_cast<float>(radius * (twin ? std::sin(angle) : std::cos(angle)));
}

// Returns the key of a random stream: an FNV-1a hash of the path, started from the seed, whose bits are then mixed
// (Stafford's variant 13 of the 64-bit MurmurHash3 finaliser), so that similar seeds and paths give unrelated keys.
constexpr std::uint64_t hash64(std::uint64_t seed, std::string_view path) noexcept {
  std::uint64_t hash = 0xCBF29CE484222325U ^ (seed * 0x9E3779B97F4A7C15U);
  for (const char c : path) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  hash = (hash ^ (hash >> 30U)) * 0xBF58476D1CE4E5B9U;
  hash = (hash ^ (hash >> 27U)) * 0x94D049BB133111EBU;
  return hash ^ (hash >> 31U);
}

}  // namespace strata
