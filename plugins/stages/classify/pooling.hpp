// Pooling: one vector for a text from the vectors of its tokens. Legend: B rows, T time, C width.
#pragma once

#include <memory>

#include "strata/nn/layers.hpp"

namespace strata {

enum class PoolingKind { last, first, mean, max, attention, concat };

class Pooling final : public Layer {
 public:
  Pooling(PoolingKind kind, std::int64_t width);

  // x [B,T,C], lengths i64 [B], at least 1 each -> [B, width()]
  Tensor operator()(const Tensor& x, const Tensor& lengths) const;
  std::int64_t width() const { return kind_ == PoolingKind::concat ? 3 * width_ : width_; }

 private:
  PoolingKind kind_;
  std::int64_t width_;
  std::unique_ptr<Linear> hidden_, score_;  // of attention (Yang et al., 2016, equations 5 to 7)
};

}  // namespace strata
