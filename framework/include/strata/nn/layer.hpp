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
#include "strata/nn/parameter.hpp"
#include "strata/ops/random.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

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
