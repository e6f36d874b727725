// TensorBatch: a padded batch as tensors on a device.
#pragma once

#include "strata/core/export.hpp"
#include "strata/data/batch.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

struct TensorBatch {
  Tensor source;          // i64 [B,Ts], </s> at the end, right-padded with kPad
  Tensor source_lengths;  // i64 [B]
  Tensor target_in;       // i64 [B,Tt], <s> y; undefined when there is no target
  Tensor target_out;      // i64 [B,Tt], y </s>; kPad where padded
  Tensor target_lengths;  // i64 [B]
};

// Copies to the context's device.
STRATA_API TensorBatch to_tensors(const Batch& batch);

}  // namespace strata
