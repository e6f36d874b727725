// What the plain kernels share: element types, operands converted to the type that is computed in, strided rows.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "strata/device/kernel.hpp"
#include "strata/device/parallel.hpp"

namespace strata::detail {

// 16-bit floats compute in f32, all integers and bool in i64.
enum class Compute { f64, f32, i64 };
constexpr Compute compute_of(DType dtype) {
  if (dtype == DType::f64) return Compute::f64;
  return is_floating(dtype) ? Compute::f32 : Compute::i64;
}

template <class T>
struct Element {
  using Stored = T;
};
template <>
struct Element<bool> {
  using Stored = std::uint8_t;
};

template <class C, class T>
C load_element(T value) {
  if constexpr (std::is_same_v<T, BFloat16> || std::is_same_v<T, Float16>) {
    return static_cast<C>(static_cast<float>(value));
  } else {
    return static_cast<C>(value);
  }
}
template <class T, class C>
T store_element(C value) {
  if constexpr (std::is_same_v<T, BFloat16> || std::is_same_v<T, Float16>) {
    return T(static_cast<float>(value));
  } else {
    return static_cast<T>(value);
  }
}

template <class T>
bool is_nan(T value) {
  if constexpr (std::is_floating_point_v<T>) return std::isnan(value);
  return false;
}

// Calls visit(T*) with the stored element type of the view.
template <class Visit>
void with_elements(const View& view, const Visit& visit) {
  switch (view.dtype) {
    case DType::f64: return visit(view.as<double>());
    case DType::f32: return visit(view.as<float>());
    case DType::f16: return visit(view.as<Float16>());
    case DType::bf16: return visit(view.as<BFloat16>());
    case DType::i64: return visit(view.as<std::int64_t>());
    case DType::i32: return visit(view.as<std::int32_t>());
    case DType::i8: return visit(view.as<std::int8_t>());
    case DType::u8:
    case DType::boolean: return visit(view.as<std::uint8_t>());
  }
}

// Calls visit(C{}) with the type to compute a dtype in.
template <class Visit>
void with_compute(DType dtype, const Visit& visit) {
  switch (compute_of(dtype)) {
    case Compute::f64: return visit(double{});
    case Compute::f32: return visit(float{});
    case Compute::i64: return visit(std::int64_t{});
  }
}

// N operands walked together over one shape: body(offsets, count) for each row of the last axis, whose strides are
// inner[k]. Operands of smaller rank or extent 1 are broadcast.
template <std::size_t N>
struct StridedLoop {
  int rank = 0;
  std::array<std::int64_t, kMaxRank> shape{};
  std::array<std::array<std::int64_t, kMaxRank>, N> strides{};
  std::array<std::int64_t, N> inner{};
  std::int64_t rows = 1, row = 1;

  StridedLoop(const View& over, const std::array<const View*, N>& operands) {
    // Axes that are dense for every operand are merged, so that a contiguous tensor is one long row.
    std::array<std::array<std::int64_t, kMaxRank>, N> full{};
    for (std::size_t k = 0; k < N; ++k) {
      for (int i = 0; i < over.rank; ++i) {
        const int from = i - (over.rank - operands[k]->rank);
        full[k][static_cast<std::size_t>(i)] =
            from >= 0 && operands[k]->shape[from] == over.shape[i] ? operands[k]->strides[from] : 0;
      }
    }
    for (int i = 0; i < over.rank; ++i) {
      const auto at = static_cast<std::size_t>(i);
      if (over.shape[i] == 1) continue;
      bool merges = rank > 0;
      for (std::size_t k = 0; k < N && merges; ++k) {
        merges = strides[k][static_cast<std::size_t>(rank - 1)] == full[k][at] * over.shape[i];
      }
      const auto to = static_cast<std::size_t>(merges ? rank - 1 : rank);
      shape[to] = merges ? shape[to] * over.shape[i] : over.shape[i];
      for (std::size_t k = 0; k < N; ++k) strides[k][to] = full[k][at];
      if (!merges) ++rank;
    }
    if (rank == 0) {
      rank = 1;
      shape[0] = 1;
    }
    row = shape[static_cast<std::size_t>(rank - 1)];
    for (std::size_t k = 0; k < N; ++k) inner[k] = strides[k][static_cast<std::size_t>(rank - 1)];
    for (int i = 0; i + 1 < rank; ++i) rows *= shape[static_cast<std::size_t>(i)];
  }

  // body(std::array<int64, N> offsets, int64 count); rows or parts of a single row run in parallel.
  template <class Body>
  void run(const Body& body) const {
    constexpr std::int64_t kGrain = 16384;
    if (rows == 1) {
      parallel_for(0, row, kGrain, [&](std::int64_t first, std::int64_t last) {
        std::array<std::int64_t, N> offsets;
        for (std::size_t k = 0; k < N; ++k) offsets[k] = first * inner[k];
        body(offsets, last - first);
      });
      return;
    }
    parallel_for(0, rows, std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(row, 1)),
                 [&](std::int64_t first, std::int64_t last) {
                   for (std::int64_t r = first; r < last; ++r) {
                     std::array<std::int64_t, N> offsets{};
                     std::int64_t rest = r;
                     for (int i = rank - 2; i >= 0; --i) {
                       const auto at = static_cast<std::size_t>(i);
                       const std::int64_t index = rest % shape[at];
                       rest /= shape[at];
                       for (std::size_t k = 0; k < N; ++k) offsets[k] += index * strides[k][at];
                     }
                     body(offsets, row);
                   }
                 });
  }
};

// The operand as elements of C (f64, f32 or i64): itself when it has that type, else a converted copy that keeps
// broadcast axes unexpanded.
template <class C>
View as_compute(const View& view, Workspace* workspace);
extern template View as_compute<double>(const View& view, Workspace* workspace);
extern template View as_compute<float>(const View& view, Workspace* workspace);
extern template View as_compute<std::int64_t>(const View& view, Workspace* workspace);

// Where a kernel that computes in C writes a dense output: the output itself when it has that type, else a buffer that
// finish() converts. So that each loop is compiled for three types and not for three times nine.
template <class C>
View compute_target(const View& output, Workspace* workspace) {
  View target = output;
  if (output.dtype == kDTypeOf<C>) return target;
  target.dtype = kDTypeOf<C>;
  target.data = workspace->take<C>(output.numel());
  return target;
}
// Dense `target` -> dense `output`, converted; nothing when they are one. bool receives value != 0.
void finish(const View& target, const View& output);

}  // namespace strata::detail
