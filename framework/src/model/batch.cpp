// TensorBatch from plain columns.
#include "strata/model/batch.hpp"

#include <algorithm>

namespace strata {

const Tensor* TensorBatch::find(std::string_view name) const noexcept {
  const auto at = std::find_if(columns_.begin(), columns_.end(), [&](const Named& one) { return one.name == name; });
  return at == columns_.end() ? nullptr : &at->value;
}

const Tensor& TensorBatch::operator[](std::string_view name) const {
  if (const Tensor* found = find(name)) return *found;
  std::vector<std::string> known;
  for (const Named& column : columns_) known.push_back(column.name);
  fail_column("the batch", name, known);
}

void TensorBatch::put(std::string name, const Tensor& value) {
  if (const Tensor* found = find(name)) {
    *const_cast<Tensor*>(found) = value;
  } else {
    columns_.push_back({std::move(name), value});
  }
}

Tensors TensorBatch::values() const {
  Tensors out;
  for (const Named& column : columns_) out.push_back(column.value);
  return out;
}

TensorBatch TensorBatch::with(std::span<const Tensor> values) const {
  TensorBatch out;
  for (std::size_t i = 0; i < columns_.size(); ++i) out.put(columns_[i].name, values[i]);
  return out;
}

TensorBatch to_tensors(const Batch& batch) {
  TensorBatch out;
  for (const Column& column : batch.columns) {
    if (!column.numbers.empty()) {
      out.put(column.name, Tensor::from(column.numbers, column.shape));
    } else {
      const std::vector<std::int64_t> wide(column.ids.begin(), column.ids.end());
      out.put(column.name, Tensor::from(wide, column.shape));
    }
  }
  return out;
}

}  // namespace strata
