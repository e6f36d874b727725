// Both forms of the compression function, and the choice.
#include "core/sha256_block.hpp"

#include <array>
#include <bit>
#include <cstdlib>
#include <string_view>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace strata::detail {
namespace {

alignas(16) constexpr std::uint32_t kRounds[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

void block_plain(std::uint32_t* state, const std::uint8_t* bytes) noexcept {
  std::array<std::uint32_t, 64> w;
  for (std::size_t i = 0; i < 16; ++i) {
    w[i] = (std::uint32_t{bytes[4 * i]} << 24U) | (std::uint32_t{bytes[4 * i + 1]} << 16U) |
           (std::uint32_t{bytes[4 * i + 2]} << 8U) | bytes[4 * i + 3];
  }
  for (std::size_t i = 16; i < 64; ++i) {
    const std::uint32_t s0 = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ (w[i - 15] >> 3U);
    const std::uint32_t s1 = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ (w[i - 2] >> 10U);
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  std::uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6],
                h = state[7];
  for (std::size_t i = 0; i < 64; ++i) {
    const std::uint32_t s1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
    const std::uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + kRounds[i] + w[i];
    const std::uint32_t s0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
    const std::uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
  }
  const std::array<std::uint32_t, 8> mixed = {a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < 8; ++i) state[i] += mixed[i];
}

using Block = void (*)(std::uint32_t* state, const std::uint8_t* bytes) noexcept;

#if defined(__x86_64__)

// Intel's SHA extensions: the state is held as (A,B,E,F) and (C,D,G,H), the words of four rounds in one register, and
// sha256rnds2 does two rounds.
[[gnu::target("sha,sse4.1")]] void block_by_instructions(std::uint32_t* state, const std::uint8_t* bytes) noexcept {
  auto* const halves = reinterpret_cast<__m128i*>(state);
  const auto* const words = reinterpret_cast<const __m128i*>(bytes);
  const __m128i dcba = _mm_shuffle_epi32(_mm_loadu_si128(halves), 0xB1),
                hgfe = _mm_shuffle_epi32(_mm_loadu_si128(halves + 1), 0x1B);
  const __m128i first = _mm_alignr_epi8(dcba, hgfe, 8), second = _mm_blend_epi16(hgfe, dcba, 0xF0);
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  __m128i w[4];
  for (int i = 0; i < 4; ++i) w[i] = _mm_shuffle_epi8(_mm_loadu_si128(words + i), big_endian);
  __m128i abef = first, cdgh = second;
  for (int i = 0; i < 16; ++i) {
    __m128i& now = w[i % 4];
    const __m128i rounds = _mm_load_si128(reinterpret_cast<const __m128i*>(kRounds) + i);
    const __m128i sum = _mm_add_epi32(now, rounds);
    cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
    abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0E));
    if (i >= 12) continue;
    const __m128i last = w[(i + 3) % 4];
    const __m128i part =
        _mm_add_epi32(_mm_sha256msg1_epu32(now, w[(i + 1) % 4]), _mm_alignr_epi8(last, w[(i + 2) % 4], 4));
    now = _mm_sha256msg2_epu32(part, last);
  }
  const __m128i feba = _mm_shuffle_epi32(_mm_add_epi32(abef, first), 0x1B),
                dchg = _mm_shuffle_epi32(_mm_add_epi32(cdgh, second), 0xB1);
  _mm_storeu_si128(halves, _mm_blend_epi16(feba, dchg, 0xF0));
  _mm_storeu_si128(halves + 1, _mm_alignr_epi8(dchg, feba, 8));
}

bool has_instructions() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_SSSE3) == 0 || (c & bit_SSE4_1) == 0) return false;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
}

#endif

Block chosen() {
#if defined(__x86_64__)
  const char* const isa = std::getenv("STRATA_ISA");
  const bool plain = isa != nullptr && std::string_view(isa) == "baseline";
  if (!plain && has_instructions()) return block_by_instructions;
#endif
  return block_plain;
}

}  // namespace

void sha256_block(std::uint32_t* state, const std::uint8_t* bytes) noexcept {
  static const Block block = chosen();
  block(state, bytes);
}

}  // namespace strata::detail
