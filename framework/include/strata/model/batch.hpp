// TensorBatch: the columns of a batch as tensors on a device.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/data/batch.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

// The columns are those of the feed that made the batch; a feed documents them. Those of the feed "pairs":
//   source          i64 [B,Ts]: each row ends with </s> and is padded with kPad on the right
//   source_lengths  i64 [B], </s> included
//   target_in       i64 [B,Tt]: <s>, then the target tokens
//   target_out      i64 [B,Tt]: the target tokens, then </s>, then kPad
//   target_lengths  i64 [B], </s> included
// The three of the target are missing when there is no target.
class STRATA_API TensorBatch {
 public:
  // A column and its name.
  struct Named {
    std::string name;  // "source", "image", ...
    Tensor value;      // its first axis is the batch
  };

  // Returns a column. Throws E_MODEL_COLUMN, which lists the columns that there are, when there is none of this name.
  const Tensor& operator[](std::string_view name) const;
  // True when there is a column of this name.
  bool has(std::string_view name) const noexcept { return find(name) != nullptr; }
  // Adds a column, or replaces the one of this name.
  void put(std::string name, const Tensor& value);
  // All columns, in the order of the batch.
  const std::vector<Named>& columns() const noexcept { return columns_; }

  // The tensors of all columns, in their order; and a batch with the same names and other tensors, as many as it has
  // columns, with which a recorded step is replayed.
  Tensors values() const;
  TensorBatch with(std::span<const Tensor> values) const;

  // The state that the loss of the previous batch left (Loss::carry), detached; empty where a text begins.
  Tensors carry;

 private:
  const Tensor* find(std::string_view name) const noexcept;
  std::vector<Named> columns_;
};

// Copies a batch to the device of the context.
STRATA_API TensorBatch to_tensors(const Batch& batch);

}  // namespace strata
