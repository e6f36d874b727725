// SequenceLayer: a layer over a whole sequence, whose output has the width of its input. It is the role of "layer" in a
// recipe.
#pragma once

#include <string_view>

#include "strata/nn/layer.hpp"

namespace strata {

class STRATA_API SequenceLayer : public Layer {
 public:
  static constexpr std::string_view kRole = "layer";
  struct Facts {
    std::int64_t width = 0;  // C
  };

  // x [B,T,C], lengths i64 [B] or undefined (every row is T long) -> [B,T,C] in the dtype of x. Positions after the end
  // of a row must not influence those before it; the output at these positions may have any value.
  virtual Tensor operator()(const Tensor& x, const Tensor& lengths) const = 0;
};

}  // namespace strata
