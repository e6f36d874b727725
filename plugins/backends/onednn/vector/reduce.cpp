// Sums: of a range, of squares, of columns. Four accumulators a vector, so that the order is fixed and errors stay
// small.
#include "simd.hpp"
#include "table.hpp"

namespace strata::onednn::STRATA_ISA {
namespace {

constexpr std::int64_t kBlock = 8192;

template <class T, bool kSquare>
STRATA_INLINE float block_sum(const T* x, std::int64_t n) {
  Floats total[4] = {};
  std::int64_t i = 0;
  for (; i + 4 * kWidth <= n; i += 4 * kWidth) {
    for (int j = 0; j < 4; ++j) {
      const Floats v = load(x + i + j * kWidth);
      total[j] += kSquare ? v * v : v;
    }
  }
  sweep(n - i, [&](std::int64_t at, std::int64_t count) {
    const Floats v = get(x + i + at, count);
    total[0] += kSquare ? v * v : v;
  });
  return sum((total[0] + total[1]) + (total[2] + total[3]));
}

template <class T, bool kSquare>
double blocks(const void* from, std::int64_t n) {
  const auto* x = static_cast<const T*>(from);
  double total = 0;
  for (std::int64_t i = 0; i < n; i += kBlock) total += block_sum<T, kSquare>(x + i, n - i < kBlock ? n - i : kBlock);
  return total;
}

template <class T>
float sum_all(const void* x, std::int64_t n) {
  return static_cast<float>(blocks<T, false>(x, n));
}

// Runs of 32 rows are summed apart and then added, which keeps the error of many rows small.
template <class T>
void column_sum(const void* from, std::int64_t rows, std::int64_t stride, std::int64_t columns, float* to, bool add) {
  const auto* x = static_cast<const T*>(from);
  constexpr int kColumns = 4;
  std::int64_t c = 0;
  for (; c + kColumns * kWidth <= columns; c += kColumns * kWidth) {
    Floats total[kColumns] = {};
    for (std::int64_t r = 0; r < rows; r += 32) {
      Floats run[kColumns] = {};
      const std::int64_t end = r + 32 < rows ? r + 32 : rows;
      for (std::int64_t i = r; i < end; ++i) {
        for (int j = 0; j < kColumns; ++j) run[j] += load(x + i * stride + c + j * kWidth);
      }
      for (int j = 0; j < kColumns; ++j) total[j] += run[j];
    }
    for (int j = 0; j < kColumns; ++j) {
      float* at = to + c + j * kWidth;
      store(at, add ? load(at) + total[j] : total[j]);
    }
  }
  sweep(columns - c, [&](std::int64_t at, std::int64_t count) {
    Floats total{};
    for (std::int64_t r = 0; r < rows; r += 32) {
      Floats run{};
      const std::int64_t end = r + 32 < rows ? r + 32 : rows;
      for (std::int64_t i = r; i < end; ++i) run += get(x + i * stride + c + at, count);
      total += run;
    }
    put(to + c + at, add ? get(to + c + at, count) + total : total, count);
  });
}

}  // namespace

void fill_reduce(VectorTable& table) {
  table.sum[0] = sum_all<float>;
  table.sum[1] = sum_all<Half>;
  table.square_sum[0] = blocks<float, true>;
  table.square_sum[1] = blocks<Half, true>;
  table.column_sum[0] = column_sum<float>;
  table.column_sum[1] = column_sum<Half>;
}

}  // namespace strata::onednn::STRATA_ISA
