// Products of 16-bit matrices by a warp: mma.sync m16n8k16 and ldmatrix as the PTX ISA describes them (9.7.14, "Matrix
// fragments"), on the host lane by lane. A lane L is number L % 4 of group L / 4.
//   a [16,16]  four words: row group (+ 8 in words 1, 3), columns 2 (L % 4) and the next (+ 8 in words 2, 3)
//   b [16,8]   two words: rows 2 (L % 4) and the next (+ 8 in word 1), column group
//   c [16,8]   four floats: row group (+ 8 in 2, 3), columns 2 (L % 4) (0, 2) and the next (1, 3)
#pragma once

#include "kernels/block.hpp"
#include "kernels/floats.hpp"

namespace strata::cuda {

// Whether kernels are made for a dtype, and visit(T{}) with its type.
inline bool is_kernel_float(DType dtype) { return dtype == DType::f32 || dtype == DType::bf16 || dtype == DType::f16; }
template <class Visit>
void with_kernel_float(DType dtype, const Visit& visit) {
  if (dtype == DType::f32) return visit(float{});
  if (dtype == DType::bf16) return visit(BFloat16{});
  visit(Float16{});
}

// Two floats rounded to T in a word, the first one low.
template <class T>
STRATA_BOTH std::uint32_t rounded_pair(float first, float second) {
#if defined(__CUDA_ARCH__)
  std::uint32_t word;
  if constexpr (std::is_same_v<T, BFloat16>) {
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(second), "f"(first));
  } else {
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(second), "f"(first));
  }
  return word;
#else
  if constexpr (std::is_same_v<T, BFloat16>) return to_bf16(first) | static_cast<std::uint32_t>(to_bf16(second)) << 16U;
  return to_f16(first) | static_cast<std::uint32_t>(to_f16(second)) << 16U;
#endif
}

// Four matrices of 8 x 8 from shared memory, a word of each for each lane: of lane 8 m + i, at(lane) is where row i of
// matrix m starts (16 bytes, aligned). Word m of lane L has columns 2 (L % 4) and the next of row L / 4; when kTurned,
// rows 2 (L % 4) and the next of column L / 4.
template <bool kTurned, class T, class At>
STRATA_BOTH void load_matrices(const BlockWarp& warp, Lanes<std::uint32_t> (&to)[4], const T* from, const At& at) {
  static_assert(sizeof(T) == 2);
#if defined(__CUDA_ARCH__)
  (void)warp;
  const auto row =
      static_cast<std::uint32_t>(__cvta_generic_to_shared(from + at(static_cast<int>(threadIdx.x) % kLanes)));
  if constexpr (kTurned) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0][0]), "=r"(to[1][0]), "=r"(to[2][0]), "=r"(to[3][0])
                 : "r"(row)
                 : "memory");
  } else {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0][0]), "=r"(to[1][0]), "=r"(to[2][0]), "=r"(to[3][0])
                 : "r"(row)
                 : "memory");
  }
#else
  const T* rows[kLanes];
  warp.each([&](int lane) { rows[lane] = from + at(lane); });
  for (int m = 0; m < 4; ++m) {
    const T* const* matrix = rows + 8 * m;
    warp.each([&](int lane) {
      const int outer = lane / 4, inner = lane % 4 * 2;
      const T low = kTurned ? matrix[inner][outer] : matrix[outer][inner];
      const T high = kTurned ? matrix[inner + 1][outer] : matrix[outer][inner + 1];
      to[m][lane] = low.bits | static_cast<std::uint32_t>(high.bits) << 16U;
    });
  }
#endif
}

// c += a b, in floats.
template <class T>
STRATA_BOTH void multiply_add(const BlockWarp& warp, Lanes<float> (&c)[4], const Lanes<std::uint32_t> (&a)[4],
                              const Lanes<std::uint32_t>& b0, const Lanes<std::uint32_t>& b1) {
#if defined(__CUDA_ARCH__)
  (void)warp;
  if constexpr (std::is_same_v<T, BFloat16>) {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(c[0][0]), "+f"(c[1][0]), "+f"(c[2][0]), "+f"(c[3][0])
        : "r"(a[0][0]), "r"(a[1][0]), "r"(a[2][0]), "r"(a[3][0]), "r"(b0[0]), "r"(b1[0]));
  } else {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(c[0][0]), "+f"(c[1][0]), "+f"(c[2][0]), "+f"(c[3][0])
        : "r"(a[0][0]), "r"(a[1][0]), "r"(a[2][0]), "r"(a[3][0]), "r"(b0[0]), "r"(b1[0]));
  }
#else
  float left[16][16], right[8][16];  // right: turned
  const auto half_of = [](std::uint32_t word, int i) {
    return widened(T{static_cast<std::uint16_t>(word >> (16U * static_cast<unsigned>(i)))});
  };
  warp.each([&](int lane) {
    const int group = lane / 4, column = lane % 4 * 2;
    for (int i = 0; i < 2; ++i) {
      for (int word = 0; word < 4; ++word) {
        left[group + word % 2 * 8][column + word / 2 * 8 + i] = half_of(a[word][lane], i);
      }
      right[group][column + i] = half_of(b0[lane], i);
      right[group][column + 8 + i] = half_of(b1[lane], i);
    }
  });
  warp.each([&](int lane) {
    for (int i = 0; i < 4; ++i) {
      const float *x = left[lane / 4 + i / 2 * 8], *y = right[lane % 4 * 2 + i % 2];
      float total = 0;
      for (int k = 0; k < 16; ++k) total += x[k] * y[k];
      c[i][lane] += total;
    }
  });
#endif
}

// c += a b of 8-bit integers, mma.sync m16n8k32: a [16,32] and b [32,8] as above with four bytes for two halves, where
// lane L has columns of a (rows of b) from 4 (L % 4) on (+ 16 in the second word of a row); c [16,8] in 32 bits.
STRATA_BOTH inline void multiply_add_codes(const BlockWarp& warp, Lanes<std::int32_t> (&c)[4],
                                           const Lanes<std::uint32_t> (&a)[4], const Lanes<std::uint32_t>& b0,
                                           const Lanes<std::uint32_t>& b1) {
#if defined(__CUDA_ARCH__)
  (void)warp;
  asm volatile(
      "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+r"(c[0][0]), "+r"(c[1][0]), "+r"(c[2][0]), "+r"(c[3][0])
      : "r"(a[0][0]), "r"(a[1][0]), "r"(a[2][0]), "r"(a[3][0]), "r"(b0[0]), "r"(b1[0]));
#else
  std::int32_t left[16][32], right[8][32];  // right: turned
  const auto code_of = [](std::uint32_t word, int i) {
    return std::int32_t{static_cast<std::int8_t>(word >> (8U * static_cast<unsigned>(i)))};
  };
  warp.each([&](int lane) {
    const int group = lane / 4, column = lane % 4 * 4;
    for (int i = 0; i < 4; ++i) {
      for (int word = 0; word < 4; ++word) {
        left[group + word % 2 * 8][column + word / 2 * 16 + i] = code_of(a[word][lane], i);
      }
      right[group][column + i] = code_of(b0[lane], i);
      right[group][column + 16 + i] = code_of(b1[lane], i);
    }
  });
  warp.each([&](int lane) {
    for (int i = 0; i < 4; ++i) {
      const std::int32_t *x = left[lane / 4 + i / 2 * 8], *y = right[lane % 4 * 2 + i % 2];
      for (int k = 0; k < 32; ++k) c[i][lane] += x[k] * y[k];
    }
  });
#endif
}

}  // namespace strata::cuda
