// SequenceLayer: a replaceable part over a whole sequence, as wide behind it as before it. The role behind "layer" in a
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

  // x [B,T,C], lengths i64 [B] or undefined (every row is T long) -> [B,T,C] in the type of x. What stands behind a
  // row's length counts for nothing within it; what comes out there may be anything.
  virtual Tensor operator()(const Tensor& x, const Tensor& lengths) const = 0;
};

}  // namespace strata
