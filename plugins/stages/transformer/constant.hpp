// Constant: numbers that a component computes once, as a tensor on the device where they are used.
#pragma once

#include <utility>
#include <vector>

#include "strata/tensor/tensor.hpp"

namespace strata {

class Constant {
 public:
  Constant() = default;
  Constant(std::vector<float> values, const Shape& shape) : values_(std::move(values)), shape_(shape) {}

  // Returns the values, f32, on this device. They are copied when the device changes.
  const Tensor& on(const std::shared_ptr<Device>& device) const {
    if (!tensor_.defined() || tensor_.device() != device) tensor_ = Tensor::from(values_, shape_, device);
    return tensor_;
  }

 private:
  std::vector<float> values_;
  Shape shape_;
  mutable Tensor tensor_;
};

}  // namespace strata
