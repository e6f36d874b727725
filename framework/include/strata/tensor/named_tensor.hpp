// NamedTensor: a tensor as files know it ("exp_avg.decoder.output.weight").
#pragma once

#include <string>

#include "strata/tensor/tensor.hpp"

namespace strata {

struct NamedTensor {
  std::string name;  // as in the file
  Tensor value;      // a handle, not a copy
};

}  // namespace strata
