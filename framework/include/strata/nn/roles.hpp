// Norm and Positional: further roles of replaceable parts of a model.
#pragma once

#include <string_view>

#include "strata/nn/layer.hpp"

namespace strata {

// A normalisation over the last axis: [..., C] -> [..., C].
class STRATA_API Norm : public Layer {
 public:
  static constexpr std::string_view kRole = "norm";
  struct Facts {
    std::int64_t width = 0;  // C
  };
  // x [..., C] -> the same shape.
  virtual Tensor operator()(const Tensor& x) const = 0;
};

// Information about the positions of tokens. A component overrides one of add(), rotate() and bias(). By default, add()
// returns x * scale, rotate() returns x, and bias() returns an undefined tensor.
class STRATA_API Positional : public Layer {
 public:
  static constexpr std::string_view kRole = "positional";
  struct Facts {
    std::int64_t width = 0, heads = 1;  // of the model; heads of its attention
  };
  // Returns the length of the longest sequence for which there are positions; 0: any length.
  virtual std::int64_t max_length() const { return 0; }
  // Returns x * scale plus a vector for each position. x [B,T,C], positions i64 [B,T] or [1,T] -> [B,T,C].
  virtual Tensor add(const Tensor& x, const Tensor& positions, double scale) const;
  // Changes queries or keys according to their positions: x [B,H,T,D], positions i64 [B,T] -> [B,H,T,D].
  virtual Tensor rotate(const Tensor& x, const Tensor& positions) const;
  // Returns values [B,H,Tq,Tk] that are added to attention scores, from the positions of queries [B,Tq] and keys
  // [B,Tk].
  virtual Tensor bias(const Tensor& queries, const Tensor& keys) const;
};

}  // namespace strata
