// Elements of a type known at compile time, some at once: 16 bytes a load where the address allows it.
#pragma once

#include <cstddef>

#include "kernels/floats.hpp"

#if !defined(__CUDACC__)
#include <stdexcept>
#endif

namespace strata::cuda {

struct Byte {  // of a bool
  std::uint8_t bits;
};
STRATA_BOTH inline float widened(Byte x) { return static_cast<float>(x.bits); }
STRATA_BOTH inline void narrow(float x, Byte* to) { to->bits = x != 0.0F ? 1 : 0; }

constexpr std::size_t kPackBytes = 16;  // the widest load
template <class T>
constexpr int kPack = static_cast<int>(kPackBytes / sizeof(T));

constexpr std::size_t smaller(std::size_t a, std::size_t b) { return a < b ? a : b; }
// What N elements of T are aligned to when they are read as one.
template <class T, int N>
constexpr std::size_t kPackAlignment = smaller(N * sizeof(T), kPackBytes);

template <class T, int N>
struct alignas(kPackAlignment<T, N>) Pack {
  T at[N];
};
#if defined(__CUDA_ARCH__)
// nvcc makes one load of a pack, and four stores of it.
__device__ inline void store_words(void* to, const std::uint32_t (&words)[4]) {
  asm volatile("st.global.v4.b32 [%0], {%1, %2, %3, %4};"
               :
               : "l"(__cvta_generic_to_global(to)), "r"(words[0]), "r"(words[1]), "r"(words[2]), "r"(words[3])
               : "memory");
}
__device__ inline void store_words(void* to, const std::uint32_t (&words)[2]) {
  asm volatile("st.global.v2.b32 [%0], {%1, %2};"
               :
               : "l"(__cvta_generic_to_global(to)), "r"(words[0]), "r"(words[1])
               : "memory");
}
#endif
// What they are computed in.
template <class C, int N>
struct Values {
  C at[N];
  STRATA_BOTH friend Values operator+(Values a, const Values& b) {
    for (int k = 0; k < N; ++k) a.at[k] += b.at[k];
    return a;
  }
};

// Whether N elements from here can be read as one.
template <int N, class T>
STRATA_BOTH bool aligned(const T* at) {
  return reinterpret_cast<std::uintptr_t>(at) % kPackAlignment<T, N> == 0;
}
#if !defined(__CUDACC__)
// What a GPU would stop at, the tests stop at, too.
template <int N, class T>
void want_aligned(const T* at) {
  if (!aligned<N>(at)) throw std::logic_error("a pack at an address that is not aligned");
}
#endif

template <int N, class T>
STRATA_BOTH Values<Compute<T>, N> load(const T* from) {
  Pack<T, N> pack;
#if defined(__CUDA_ARCH__)
  pack = *reinterpret_cast<const Pack<T, N>*>(from);
#elif !defined(__CUDACC__)
  want_aligned<N>(from);
  std::memcpy(&pack, from, sizeof pack);
#endif
  Values<Compute<T>, N> values;
  for (int k = 0; k < N; ++k) values.at[k] = widened(pack.at[k]);
  return values;
}
template <int N, class T>
STRATA_BOTH void store(T* to, const Values<Compute<T>, N>& values) {
  Pack<T, N> pack;
  for (int k = 0; k < N; ++k) narrow(values.at[k], &pack.at[k]);
#if defined(__CUDA_ARCH__)
  constexpr std::size_t kWhole = kPackAlignment<T, N>;
  if constexpr (kWhole >= 8) {
    for (std::size_t at = 0; at < sizeof pack; at += kWhole) {
      std::uint32_t words[kWhole / 4];
      memcpy(words, reinterpret_cast<const unsigned char*>(&pack) + at, kWhole);
      store_words(reinterpret_cast<unsigned char*>(to) + at, words);
    }
  } else {
    *reinterpret_cast<Pack<T, N>*>(to) = pack;
  }
#elif !defined(__CUDACC__)
  want_aligned<N>(to);
  std::memcpy(to, &pack, sizeof pack);
#endif
}

// A row of elements falls apart into a few until the addresses are aligned, packs of N, and a few.
template <int N>
struct Parts {
  std::int64_t head, packs, count;
};
// Of a row that several tensors have: no packs where they are not aligned at the same places.
template <int N, class T, class... Others>
STRATA_BOTH Parts<N> parts_of(std::int64_t count, const T* first, const Others*... others) {
  constexpr std::size_t kWhole = kPackAlignment<T, N>;
  const std::size_t past = reinterpret_cast<std::uintptr_t>(first) % kWhole;
  std::int64_t head = past == 0 ? 0 : static_cast<std::int64_t>((kWhole - past) / sizeof(T));
  if (head > count || !(aligned<N>(others + head) && ...)) head = count;
  return {head, (count - head) / N, count};
}
// Calls f(j, N) or f(j, 1) for the places j of a row that are this thread's; the width is a std::integral_constant.
template <int N, class Team, class F>
STRATA_BOTH void each_part(const Parts<N>& parts, const Team& team, const F& f) {
  using One = std::integral_constant<int, 1>;
  for (std::int64_t j = team.rank(); j < parts.head; j += team.size()) f(j, One{});
  for (std::int64_t p = team.rank(); p < parts.packs; p += team.size()) {
    f(parts.head + p * N, std::integral_constant<int, N>{});
  }
  for (std::int64_t j = parts.head + parts.packs * N + team.rank(); j < parts.count; j += team.size()) f(j, One{});
}

// The matrix that a view's rows are; see as_matrix.
template <class T>
struct Matrix {
  T* data;
  std::int64_t rows, columns, stride;
  STRATA_BOTH T* row(std::int64_t i) const { return data + i * stride; }
};
template <class T>
Matrix<T> matrix_of(const View& view) {
  Matrix<T> matrix{view.as<T>(), 1, view.size(-1), 0};
  as_matrix(view, &matrix.rows, &matrix.stride);
  return matrix;
}
inline bool is_matrix(const View& view) {
  std::int64_t rows = 0, stride = 0;
  return is_floating(view.dtype) && as_matrix(view, &rows, &stride);
}

}  // namespace strata::cuda
