// TensorBatch from plain rows.
#include "strata/model/batch.hpp"

namespace strata {
namespace {

Tensor ids(const std::vector<std::int32_t>& values, const Shape& shape) {
  const std::vector<std::int64_t> wide(values.begin(), values.end());
  return Tensor::from(wide, shape);
}

}  // namespace

TensorBatch to_tensors(const Batch& batch) {
  TensorBatch out;
  out.source = ids(batch.source, {batch.size, batch.source_time});
  out.source_lengths = ids(batch.source_lengths, {batch.size});
  if (batch.target_out.empty()) return out;
  out.target_in = ids(batch.target_in, {batch.size, batch.target_time});
  out.target_out = ids(batch.target_out, {batch.size, batch.target_time});
  out.target_lengths = ids(batch.target_lengths, {batch.size});
  return out;
}

}  // namespace strata
