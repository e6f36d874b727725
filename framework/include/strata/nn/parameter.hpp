// Parameter: a trained tensor, declared before it is filled.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "strata/core/export.hpp"
#include "strata/ops/quantized.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

// How a parameter starts; drawn from hash(seed, path) alone, whatever else there is.
struct Init {
  // `orthogonal` makes the rows of each square block orthonormal, then multiplies by the gain.
  enum class Kind { constant, uniform, normal, orthogonal };
  Kind kind = Kind::constant;  // what `value` stands for
  double value = 0;            // the constant; the bound of uniform [-value, value]; the standard deviation; the gain
  std::int64_t zero_row = -1;  // >= 0: this row starts at zero all the same (an embedding's padding)

  // The kinds by name.
  static Init zeros() { return {Kind::constant, 0}; }
  static Init ones() { return {Kind::constant, 1}; }
  static Init uniform(double bound) { return {Kind::uniform, bound}; }
  static Init normal(double deviation) { return {Kind::normal, deviation}; }
  static Init orthogonal(double gain = 1) {
    return {Kind::orthogonal, gain};
  }  // each square block of rows (Saxe et al., 2014)
  // Uniform with bound sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio, 2010).
  static STRATA_API Init xavier(std::int64_t fan_in, std::int64_t fan_out);
};

// What the handles of a parameter share.
struct ParameterState {
  std::string name;  // within its layer
  Shape shape;       // as declared
  Init init;         // how materialise() fills it
  Tensor value;      // undefined until materialised
  // What a Linear or an Embedding reads alone, row by row, may be held in 8 bits (nn/quantize.hpp); `value` is then
  // undefined until somebody asks for it.
  bool by_rows = false;
  Int8Rows rows = {};  // undefined: not in 8 bits
};

// A handle; copies are the same parameter.
class STRATA_API Parameter {
 public:
  Parameter() = default;
  // A further handle of what exists.
  explicit Parameter(std::shared_ptr<ParameterState> state) : state_(std::move(state)) {}

  // False for a handle that was never given a parameter: an optional bias.
  explicit operator bool() const { return state_ != nullptr; }
  // f32 master weights (f64 in checks); of a parameter in 8 bits what its codes stand for, made at the first call.
  // Throws E_INTERNAL before the host has materialised it.
  const Tensor& value() const;
  // Held in 8 bits.
  bool quantized() const { return state_ != nullptr && state_->rows.codes.defined(); }
  const Int8Rows& rows() const { return state_->rows; }  // of a quantized one
  operator const Tensor&() const { return value(); }
  // Known from the declaration on.
  const Shape& shape() const { return state_->shape; }
  // For libstrata, which fills it in.
  ParameterState& state() const { return *state_; }

 private:
  std::shared_ptr<ParameterState> state_;
};

// A parameter and where it is in the model.
struct NamedParameter {
  std::string name;     // path from the root: "decoder.attention.query.weight"
  Parameter parameter;  // a handle
};

}  // namespace strata
