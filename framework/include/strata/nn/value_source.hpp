// ValueSource: where the values of parameters come from that are not drawn.
#pragma once

#include <functional>

#include "strata/core/export.hpp"
#include "strata/nn/parameter.hpp"

namespace strata {

// A source of values, such as a file, that Layer::materialise() asks for every parameter and buffer before it draws.
class STRATA_API ValueSource {
 public:
  virtual ~ValueSource();
  // Fills `values`, a dense tensor in host memory with the shape of the parameter, f32 or f64, and returns true; or
  // returns false, and the initial values are drawn. draw() fills `values` with the initial values, for a source that
  // has some of the rows.
  virtual bool fill(const NamedParameter& parameter, const Tensor& values, const std::function<void()>& draw) = 0;
};

}  // namespace strata
