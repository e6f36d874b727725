// Parameter: a trained tensor, declared before it is filled. Its kind says what it is for; a frozen one is not trained.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "strata/core/export.hpp"
#include "strata/ops/quantized.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

// The initial values of a parameter. They depend on the seed and the path of the parameter alone, not on other
// parameters.
struct Init {
  // `orthogonal` makes the rows of each square block orthonormal, then multiplies by the gain.
  enum class Kind { constant, uniform, normal, orthogonal };
  Kind kind = Kind::constant;  // kind of the initial values
  // The constant; the bound of uniform values in [-value, value]; the standard deviation; the gain.
  double value = 0;
  // When >= 0, this row is zero instead, as the padding row of an embedding.
  std::int64_t zero_row = -1;

  // Return an Init of each kind.
  static Init zeros() { return {Kind::constant, 0}; }
  static Init ones() { return {Kind::constant, 1}; }
  static Init uniform(double bound) { return {Kind::uniform, bound}; }
  static Init normal(double deviation) { return {Kind::normal, deviation}; }
  static Init orthogonal(double gain = 1) {
    return {Kind::orthogonal, gain};
  }  // orthonormal square blocks of rows (Saxe et al., 2014)
  // Returns an Init of uniform values with the bound sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio, 2010).
  static STRATA_API Init xavier(std::int64_t fan_in, std::int64_t fan_out);
};

// The kind of a parameter. Trainers go by it, for example to leave norms, biases and embeddings out of weight decay
// (train.decay_exempt). `buffer` is that of a Buffer (nn/buffer.hpp), which is saved and never trained.
enum class ParameterKind { weight, bias, norm, embedding, buffer };

// Returns the kind of a parameter whose layer names none. It goes by the last word of the name, then by the rank:
//   a name that begins with "bias" ("bias", "norm.bias", "bias_ih") -> bias
//   another name, rank 0 or 1, as a scale or a shift              -> norm
//   another name, rank 2 or more                                   -> weight
// A layer names the kind where this is wrong: an embedding, or a matrix of one row that is declared as a vector.
STRATA_API ParameterKind default_kind(std::string_view name, const Shape& shape);

// The state that all handles of a parameter share.
struct ParameterState {
  std::string name;  // name within its layer
  Shape shape;       // declared shape
  Init init;         // initial values
  Tensor value;      // values; undefined until materialise()
  // True for a matrix that only Linear and Embedding layers read; quantize() may convert it to 8 bits
  // (nn/quantize.hpp). Then `value` is undefined until Parameter::value() is called.
  bool quantizable = false;
  Int8Rows rows = {};                          // the 8-bit form; undefined when the parameter is not in 8 bits
  ParameterKind kind = ParameterKind::weight;  // what the parameter is for
  bool trainable = true;                       // false: frozen; changed by Parameter::set_trainable() only
};

// A handle of a parameter; copies of the handle are the same parameter.
class STRATA_API Parameter {
 public:
  Parameter() = default;
  // Makes another handle of an existing parameter.
  explicit Parameter(std::shared_ptr<ParameterState> state) : state_(std::move(state)) {}

  // False for an empty handle, that of a missing optional bias for example.
  explicit operator bool() const { return state_ != nullptr; }
  // Returns the values in f32 (f64 in checks). For a parameter in 8 bits they are computed from the codes at the first
  // call. Throws E_INTERNAL before materialise().
  const Tensor& value() const;
  // True when the parameter is in 8 bits.
  bool quantized() const { return state_ != nullptr && state_->rows.codes.defined(); }
  const Int8Rows& rows() const { return state_->rows; }  // the 8-bit form of a quantized parameter
  operator const Tensor&() const { return value(); }
  // The declared shape, which is known before materialise().
  const Shape& shape() const { return state_->shape; }
  ParameterKind kind() const { return state_->kind; }  // what the parameter is for
  // False for a frozen parameter and for a buffer. A frozen parameter gets no gradient, nothing is recorded for its
  // sake, and no optimizer sees it.
  bool trainable() const { return state_->trainable; }
  // Freezes the parameter, which drops its gradient, or makes it trainable again; before or after materialise(). Steps
  // that were recorded before are not replayed until all parameters are again as they were. Throws E_MODEL_PARAMETER
  // when a buffer shall become trainable.
  void set_trainable(bool on) const;
  // Replaces the declared initial values, as a model does whose parts declare others; before materialise().
  void set_init(const Init& init) const { state_->init = init; }
  // The shared state; for libstrata only.
  ParameterState& state() const { return *state_; }

 private:
  std::shared_ptr<ParameterState> state_;
};

// A parameter and its name in the model.
struct NamedParameter {
  std::string name;     // path from the root: "decoder.attention.query.weight"
  Parameter parameter;  // handle of the parameter
};

}  // namespace strata
