// Layer: a component declares its parameters and buffers in its constructor, and the host allocates them all at once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/nn/buffer.hpp"
#include "strata/nn/parameter.hpp"
#include "strata/nn/value_source.hpp"
#include "strata/ops/random.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

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
  // Returns those of them that have a name within `prefix`, in the same order: the prefix itself, or whole components
  // and more ("encoder" has "encoder.bias" and not "encoders.bias"; the empty prefix has all). Here a shared parameter
  // is found by each of its names. Throws E_MODEL_PARAMETER, with the nearest names, when there is none.
  std::vector<NamedParameter> parameters(std::string_view prefix) const;
  // Returns the buffers of this layer and all layers below it, in the order of declaration.
  std::vector<NamedParameter> buffers() const;
  // Returns all that a checkpoint has: parameters(), then buffers().
  std::vector<NamedParameter> saved() const;
  // Returns the names of the children, in the order of declaration.
  std::vector<std::string> children() const;
  // Freezes parameters(prefix), or makes them trainable again; before or after materialise(). Throws what that throws.
  void set_trainable(std::string_view prefix, bool on);
  // Allocates and fills every parameter and buffer on the device of the context, marks the trainable parameters as
  // leaves that require a gradient, and gives every layer its path. Values that `given` has (null: none) are not drawn.
  // `dtype` f64 is for checks. Call it once, on the root layer. Throws what ValueSource::fill() throws.
  void materialise(std::uint64_t seed, DType dtype = DType::f32, ValueSource* given = nullptr);
  // The path from the root: "decoder.attention". It is empty before materialise().
  const std::string& path() const { return path_; }

 protected:
  // Declares a parameter of this layer; its name must be unique within the layer. Its kind is that of default_kind().
  Parameter parameter(std::string name, const Shape& shape, const Init& init);
  // Declares a parameter of the given kind. Throws E_MODEL_PARAMETER for the kind `buffer`.
  Parameter parameter(std::string name, const Shape& shape, const Init& init, ParameterKind kind);
  // Declares a buffer of this layer, with a name that no parameter of it has.
  Buffer buffer(std::string name, const Shape& shape, const Init& init);
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
  std::vector<NamedParameter> unique(bool buffers) const;
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
