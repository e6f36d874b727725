// TensorBatch: a padded batch as tensors on a device.
#pragma once

#include "strata/core/export.hpp"
#include "strata/data/batch.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

struct TensorBatch {
  Tensor source;          // i64 [B,Ts]: each row ends with </s> and is padded with kPad on the right
  Tensor source_lengths;  // i64 [B], </s> included
  Tensor target_in;       // i64 [B,Tt]: <s>, then the target tokens; undefined when there is no target
  Tensor target_out;      // i64 [B,Tt]: the target tokens, then </s>, then kPad
  Tensor target_lengths;  // i64 [B], </s> included
};

// Copies a batch to the device of the context.
STRATA_API TensorBatch to_tensors(const Batch& batch);

}  // namespace strata
