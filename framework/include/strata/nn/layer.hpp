// Layer and Parameter: a component declares its parameters in its constructor, and the host allocates them all at once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/ops/quantized.hpp"
#include "strata/ops/random.hpp"
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

// The state that all handles of a parameter share.
struct ParameterState {
  std::string name;  // name within its layer
  Shape shape;       // declared shape
  Init init;         // initial values
  Tensor value;      // values; undefined until materialise()
  // True for a matrix that only Linear and Embedding layers read; quantize() may convert it to 8 bits
  // (nn/quantize.hpp). Then `value` is undefined until Parameter::value() is called.
  bool by_rows = false;
  Int8Rows rows = {};  // the 8-bit form; undefined when the parameter is not in 8 bits
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

// The base class of everything that has parameters. Constructors declare parameters and child layers; materialise()
// allocates them. A layer cannot be copied, because children are registered by address.
class STRATA_API Layer {
 public:
  Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;
  virtual ~Layer();

  // Returns the parameters of this layer and all layers below it, in the order of declaration. A shared (tied)
  // parameter appears once, under its first name.
  std::vector<NamedParameter> parameters() const;
  // Allocates and fills every parameter on the device of the context, marks it as a leaf that requires a gradient, and
  // gives every layer its path. `dtype` f64 is for checks. Call it once, on the root layer.
  void materialise(std::uint64_t seed, DType dtype = DType::f32);
  // The path from the root: "decoder.attention". It is empty before materialise().
  const std::string& path() const { return path_; }

 protected:
  // Declares a parameter of this layer; its name must be unique within the layer.
  Parameter parameter(std::string name, const Shape& shape, const Init& init);
  // Declares a parameter of another layer as one of this layer, too, under its own name here (tied weights).
  void share(std::string name, const Parameter& parameter);
  // Declares a child layer, which is a member of this one.
  void child(std::string name, Layer& layer);
  // Declares a child layer and keeps it alive.
  void child(std::string name, std::shared_ptr<Layer> layer);
  // Returns the key of a random op of this layer. `call` distinguishes several calls in one forward pass, such as time
  // steps.
  RandomKey random_key(std::int64_t call = 0) const { return {key_, call}; }

 private:
  void collect(const std::string& prefix, std::vector<NamedParameter>& out) const;
  void name_below(const std::string& prefix, std::uint64_t seed);

  std::string path_;
  std::uint64_t key_ = 0;
  std::vector<std::pair<std::string, Parameter>> parameters_;
  std::vector<std::pair<std::string, Layer*>> children_;
  std::vector<std::shared_ptr<Layer>> kept_;
};

// Returns x in the compute type of the context: f32 becomes bf16 when that is bf16, or f16 when it is f16; f64 stays
// f64.
STRATA_API Tensor as_compute(const Tensor& x);

}  // namespace strata
