// Layer and Parameter: what a component declares in its constructor, and the host materialises once.
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

// Base of everything with parameters. Constructors declare; nothing is allocated until materialise(). Not copyable:
// children are registered by address.
class STRATA_API Layer {
 public:
  Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;
  virtual ~Layer();

  // All below, in order of declaration; a parameter that is shared (tied) appears once, under its first name.
  std::vector<NamedParameter> parameters() const;
  // Gives every parameter its tensor on the context's device, marks it as a leaf that requires a gradient, and every
  // layer its path. `dtype` f64 is for checks. Call on the root, once.
  void materialise(std::uint64_t seed, DType dtype = DType::f32);
  const std::string& path() const { return path_; }  // from the root: "decoder.attention"; empty before materialise()

 protected:
  // Declares a parameter of this layer; the name is unique within it.
  Parameter parameter(std::string name, const Shape& shape, const Init& init);
  // A parameter of another layer under a name of this one (tied weights).
  void share(std::string name, const Parameter& parameter);
  // Declares a layer below this one, a member of it.
  void child(std::string name, Layer& layer);
  // Keeps the layer alive, too.
  void child(std::string name, std::shared_ptr<Layer> layer);
  // Key of this layer's random ops; `call` tells apart several calls in one forward (time steps).
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

// x in the type that the context computes in: f32 becomes bf16 under bf16, f16 under f16, f64 stays.
STRATA_API Tensor as_compute(const Tensor& x);

}  // namespace strata
