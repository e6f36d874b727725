// infer_float: the result of ops that take one tensor of a floating type and keep its shape. Private to libstrata.
#pragma once

#include <string>
#include <vector>

#include "strata/core/error.hpp"
#include "strata/ops/op.hpp"

namespace strata::detail {

// Throws E_DTYPE for another type.
inline std::vector<TensorSpec> infer_float(const OpCall& call) {
  const Tensor& x = call.inputs[0];
  if (!is_floating(x.dtype())) {
    throw Error("E_DTYPE", "[" + std::string(call.op.name) + "]", describe(x) + " is not of a floating type",
                "cast it first");
  }
  return {spec_of(x.dtype(), x.shape())};
}

}  // namespace strata::detail
