// Products of a few rows by a weight in its own layout: each weight is read once, as a stream, which is all that bounds
// writing a sequence token by token.
#include "few_rows.hpp"
#include "table.hpp"

namespace strata::onednn::STRATA_ISA {
namespace {

// y[m][o + r] = w[o + r] . x[m] + bias[o + r] for `rows` rows of the weight and kCount rows of x.
template <class W, int kCount>
STRATA_INLINE void outputs(const DotRows& call, std::int64_t o, int rows) {
  constexpr int kPad = padded(kCount), kOutputs = outputs_of(kCount);
  Floats sums[kWidth] = {};
  const W* first = static_cast<const W*>(call.weight) + o * call.weight_row;
  const auto row = [&](int r) { return first + (r < rows ? r : 0) * call.weight_row; };
  // A whole cache line of each row before the next row's: rows of a power of two compete for the same few places.
  constexpr std::int64_t kLine = 64 / sizeof(W) > kWidth ? 64 / sizeof(W) : kWidth;
  std::int64_t i = 0;
  for (; i + kLine <= call.width; i += kLine) {
    Floats x[kLine / kWidth][kCount];
    for (int part = 0; part < kLine / kWidth; ++part) {
      for (int m = 0; m < kCount; ++m) x[part][m] = load(call.x + m * call.width + i + part * kWidth);
    }
    for (int r = 0; r < kOutputs; ++r) {
      const W* at = row(r) + i;
      __builtin_prefetch(at + kOutputs * call.weight_row, 0, 2);  // the rows that come next
      for (int part = 0; part < kLine / kWidth; ++part) {
        const Floats w = load(at + part * kWidth);
        for (int m = 0; m < kCount; ++m) sums[r * kPad + m] += w * x[part][m];
      }
    }
  }
  sweep(call.width - i, [&](std::int64_t at, std::int64_t n) {
    for (int r = 0; r < kOutputs; ++r) {
      const Floats w = get(row(r) + i + at, n);
      for (int m = 0; m < kCount; ++m) sums[r * kPad + m] += w * get(call.x + m * call.width + i + at, n);
    }
  });
  const Floats all = sums_of(sums);
  for (int r = 0; r < rows; ++r) {
    const float bias = call.bias != nullptr ? call.bias[o + r] : 0.0F;
    for (int m = 0; m < kCount; ++m) call.y[m * call.y_row + o + r] = all[r * kPad + m] + bias;
  }
}

// One row of x: the weight is read from its first to its last byte, memory being asked a little ahead, which gave 30-60
// GB/s where kWidth rows of it at once gave 27-46. More rows of x are worth reading each vector of the weight once.
template <class W>
STRATA_INLINE void one_by_one(const DotRows& call) {
  constexpr int kParts = 4;
  constexpr std::int64_t kStep = kParts * kWidth, kAhead = 256, kLine = 64 / sizeof(W);  // in elements
  by_outputs<1>(call.first, call.last, [&](std::int64_t o, int rows) {
    Floats sums[kWidth] = {};
    for (int r = 0; r < rows; ++r) {
      const W* row = static_cast<const W*>(call.weight) + (o + r) * call.weight_row;
      Floats parts[kParts] = {};
      std::int64_t i = 0;
      for (; i + kStep <= call.width; i += kStep) {
        for (std::int64_t at = 0; at < kStep; at += kLine) __builtin_prefetch(row + i + kAhead + at, 0, 2);
        for (int part = 0; part < kParts; ++part) {
          parts[part] += load(row + i + part * kWidth) * load(call.x + i + part * kWidth);
        }
      }
      sweep(call.width - i,
            [&](std::int64_t at, std::int64_t n) { parts[0] += get(row + i + at, n) * get(call.x + i + at, n); });
      sums[r] = (parts[0] + parts[1]) + (parts[2] + parts[3]);
    }
    Floats y = sums_of(sums);
    if (call.bias != nullptr) y += get(call.bias + o, rows);
    put(call.y + o, y, rows);
  });
}

template <class W>
void dot_rows(const DotRows& call) {
  if (call.count == 1) return one_by_one<W>(call);
  with_count<kDotCount>(call.count, [&](auto known) {
    constexpr int kCount = decltype(known)::value;
    by_outputs<kCount>(call.first, call.last, [&](std::int64_t o, int rows) { outputs<W, kCount>(call, o, rows); });
  });
}

}  // namespace

void fill_dot(VectorTable& table) {
  table.dot_rows[0] = dot_rows<float>;
  table.dot_rows[1] = dot_rows<Half>;
}

}  // namespace strata::onednn::STRATA_ISA
