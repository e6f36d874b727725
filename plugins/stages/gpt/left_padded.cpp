// Rows padded on the left.
#include "left_padded.hpp"

#include <algorithm>

#include "strata/ops/elementwise.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/shape.hpp"

namespace strata {

LeftPadded left_padded(const Tensor& tokens, const Tensor& lengths) {
  const std::int64_t rows = tokens.size(0), time = tokens.size(1);
  const std::vector<double> all = lengths.to_doubles();
  if (std::all_of(all.begin(), all.end(), [&](double one) { return one == static_cast<double>(time); })) {
    return {slice(tokens, 1, 0, time - 1), {}};
  }
  const Tensor padding = affine(lengths, -1, static_cast<double>(time));  // [B]
  const Tensor from = iota(time - 1) - unsqueeze(padding, 1);             // [B,N], below 0 in the padding
  const Tensor zero = Tensor::zeros({1, 1}, DType::i64);
  const Tensor flat = maximum(from, zero) + unsqueeze(affine(iota(rows), static_cast<double>(time), 0), 1);
  const Tensor taken = index_rows(reshape(contiguous(tokens), {rows * time}), reshape(flat, {rows * (time - 1)}));
  return {reshape(taken, {rows, time - 1}), padding};
}

}  // namespace strata
