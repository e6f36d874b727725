// NamedTensor: a tensor and its name in a file ("exp_avg.decoder.output.weight").
#pragma once

#include <string>

#include "strata/tensor/tensor.hpp"

namespace strata {

struct NamedTensor {
  std::string name;  // name in the file
  Tensor value;      // handle of the tensor, not a copy
};

}  // namespace strata
