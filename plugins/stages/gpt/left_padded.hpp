// Rows of different lengths whose last tokens stand side by side, so that all rows go on at the same index.
#pragma once

#include "strata/tensor/tensor.hpp"

namespace strata {

struct LeftPadded {
  Tensor tokens;     // i64 [B,N]: all but the last token of each row, padded on the left with its first token
  Tensor first_key;  // i64 [B], the amount of padding of each row; undefined when there is none
};
// tokens i64 [B,N+1], padded on the right; lengths i64 [B], each at least 1.
LeftPadded left_padded(const Tensor& tokens, const Tensor& lengths);

}  // namespace strata
