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
// returns x * scale, rotate() returns x, and bias() returns an undefined tensor. rotate() and bias() are called within
// attention over a model's own sequence (HeadAttention); a component declares them as traits, so that a host that would
// not call them refuses it by name.
class STRATA_API Positional : public Layer {
 public:
  static constexpr std::string_view kRole = "positional";
  struct Facts {
    std::int64_t width = 0;       // of the model
    std::int64_t heads = 0;       // number of attention heads; 0: the host does not know it
    std::int64_t head_width = 0;  // width of a head; 0: the host does not know it
  };
  struct Traits {
    bool rotates = false;  // rotate() changes queries and keys
    bool biases = false;   // bias() gives values for the scores
  };
  // The traits that the component declared when it was registered; the registry sets them.
  const Traits& traits() const { return traits_; }
  void set_traits(const Traits& traits) { traits_ = traits; }

  // Returns the length of the longest sequence for which there are positions; 0: any length.
  virtual std::int64_t max_length() const { return 0; }
  // Returns x * scale plus a vector for each position. x [B,T,C], positions i64 [B,T] or [1,T] -> [B,T,C].
  virtual Tensor add(const Tensor& x, const Tensor& positions, double scale) const;
  // Changes queries or keys according to their positions: x [B,H,T,D], positions i64 [B,T] or [1,T] -> [B,H,T,D].
  virtual Tensor rotate(const Tensor& x, const Tensor& positions) const;
  // Returns values [B or 1,H,Tq,Tk] that are added to the scaled scores of attention, from the positions of queries i64
  // [B or 1,Tq] and keys [B or 1,Tk].
  virtual Tensor bias(const Tensor& queries, const Tensor& keys) const;

 private:
  Traits traits_;
};

}  // namespace strata
