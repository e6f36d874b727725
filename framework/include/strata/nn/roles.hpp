// The other replaceable parts of a block: Norm and Positional.
#pragma once

#include <string_view>

#include "strata/nn/layer.hpp"

namespace strata {

// [..., C] -> [..., C].
class STRATA_API Norm : public Layer {
 public:
  static constexpr std::string_view kRole = "norm";
  struct Facts {
    std::int64_t width = 0;  // C
  };
  // x [..., C] -> the same shape.
  virtual Tensor operator()(const Tensor& x) const = 0;
};

// Where a token stands. A mechanism fills in one of the three; the others are the identity (rotate, add) or undefined
// (bias).
class STRATA_API Positional : public Layer {
 public:
  static constexpr std::string_view kRole = "positional";
  struct Facts {
    std::int64_t width = 0, heads = 1;  // of the model; heads of its attention
  };
  // The longest sequence that it has positions for; 0: any.
  virtual std::int64_t max_length() const { return 0; }
  // x * scale and where it stands: embeddings are scaled on the way. x [B,T,C], positions i64 [B,T] or [1,T] ->
  // [B,T,C].
  virtual Tensor add(const Tensor& x, const Tensor& positions, double scale) const;
  // queries or keys [B,H,T,D], positions i64 [B,T] -> the same shape.
  virtual Tensor rotate(const Tensor& x, const Tensor& positions) const;
  // positions of queries [B,Tq] and keys [B,Tk] -> added to the scores, [B,H,Tq,Tk].
  virtual Tensor bias(const Tensor& queries, const Tensor& keys) const;
};

}  // namespace strata
