// Blocks of a packed weight. B [k,n] is kept as blocks of k_block x n_block; in a block of 16-bit numbers two
// neighbours in k share a word: offset (k / 2) * 2 n_block + 2 n + k % 2. In a block of floats: k * n_block + n.
#include "simd.hpp"
#include "table.hpp"
#include "transpose.hpp"

namespace strata::onednn::STRATA_ISA {
namespace {

STRATA_INLINE Words rounded(Floats x) { return __builtin_convertvector(to_halves(x), Words); }

// n is dense in the source.
template <class T>
void pairs_rows(const PackBlock& block) {
  const auto* source = static_cast<const T*>(block.source);
  auto* to = static_cast<std::uint32_t*>(block.to);
  for (std::int64_t k = 0; k < block.k_block; k += 2, to += block.n_block) {
    for (std::int64_t n = 0; n < block.n_block; n += kWidth) {
      Words word{};
      const std::int64_t count = block.n_count - n < kWidth ? block.n_count - n : kWidth;
      if (count > 0 && k < block.k_count) {
        const T* at = source + k * block.k_stride + n;
        word = rounded(get(at, count));
        if (k + 1 < block.k_count) word |= rounded(get(at + block.k_stride, count)) << 16;
      }
      __builtin_memcpy(to + n, &word, sizeof word);
    }
  }
}

// k is dense in the source: tiles of kWidth columns n by kWidth pairs in k are turned over.
template <class T>
void pairs_columns(const PackBlock& block) {
  const auto* source = static_cast<const T*>(block.source);
  auto* to = static_cast<std::uint32_t*>(block.to);
  for (std::int64_t k = 0; k < block.k_block; k += 2 * kWidth) {
    for (std::int64_t n = 0; n < block.n_block; n += kWidth) {
      Words tile[kWidth];
      for (int i = 0; i < kWidth; ++i) {
        Half row[2 * kWidth] = {};
        if (n + i < block.n_count) {
          const T* at = source + (n + i) * block.n_stride + k;
          const std::int64_t left = block.k_count - k;
          if (left >= 2 * kWidth) {
            store(row, load(at));
            store(row + kWidth, load(at + kWidth));
          } else if (left > 0) {
            sweep(left, [&](std::int64_t j, std::int64_t count) { put(row + j, get(at + j, count), count); });
          }
        }
        __builtin_memcpy(&tile[i], row, sizeof tile[i]);
      }
      transpose(tile);
      for (int p = 0; p < kWidth && k + 2 * p < block.k_block; ++p) {
        __builtin_memcpy(to + (k / 2 + p) * block.n_block + n, &tile[p], sizeof tile[p]);
      }
    }
  }
}

void floats_rows(const PackBlock& block) {
  const auto* source = static_cast<const float*>(block.source);
  auto* to = static_cast<float*>(block.to);
  for (std::int64_t k = 0; k < block.k_block; ++k, to += block.n_block) {
    for (std::int64_t n = 0; n < block.n_block; n += kWidth) {
      const std::int64_t count = block.n_count - n < kWidth ? block.n_count - n : kWidth;
      store(to + n, count > 0 && k < block.k_count ? get(source + k * block.k_stride + n, count) : Floats{});
    }
  }
}

void floats_columns(const PackBlock& block) {
  const auto* source = static_cast<const float*>(block.source);
  auto* to = static_cast<float*>(block.to);
  for (std::int64_t k = 0; k < block.k_block; k += kWidth) {
    for (std::int64_t n = 0; n < block.n_block; n += kWidth) {
      Words tile[kWidth];
      const std::int64_t left = block.k_count - k < kWidth ? block.k_count - k : kWidth;
      for (int i = 0; i < kWidth; ++i) {
        tile[i] =
            n + i < block.n_count && left > 0 ? bits_of(get(source + (n + i) * block.n_stride + k, left)) : Words{};
      }
      transpose(tile);
      for (int p = 0; p < kWidth && k + p < block.k_block; ++p)
        store(to + (k + p) * block.n_block + n, floats_of(tile[p]));
    }
  }
}

}  // namespace

void fill_pack(VectorTable& table) {
  table.pack_pairs[0][0] = pairs_rows<float>;
  table.pack_pairs[0][1] = pairs_columns<float>;
  table.pack_pairs[1][0] = pairs_rows<Half>;
  table.pack_pairs[1][1] = pairs_columns<Half>;
  table.pack_floats[0] = floats_rows;
  table.pack_floats[1] = floats_columns;
}

}  // namespace strata::onednn::STRATA_ISA
