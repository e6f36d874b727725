// Optimizer and Schedule: the roles of "optimizer" and "schedule" in a recipe.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/nn/parameter.hpp"
#include "strata/tensor/named_tensor.hpp"

namespace strata {

// Parameters that are updated alike.
struct ParameterGroup {
  std::vector<NamedParameter> parameters;  // materialised and trainable; each in one group only
  double rate = 1;   // factor of the learning rate, >= 0; the rates that step() gets contain it already
  double decay = 1;  // factor of the optimizer's weight decay, >= 0; the optimizer multiplies by it
};

class STRATA_API Optimizer {
 public:
  static constexpr std::string_view kRole = "optimizer";
  struct STRATA_API Facts {
    std::vector<ParameterGroup> groups;  // what is updated; step() gets a rate for each, in this order

    // Returns the facts of a single group, of rate 1 and decay 1.
    static Facts of(std::vector<NamedParameter> parameters);
    // Returns the parameters of all groups, one group after the other.
    std::vector<NamedParameter> parameters() const;
  };

  Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;
  virtual ~Optimizer();

  // Updates all parameters from their grad(); a parameter without a gradient does not change. rates: the learning rate
  // of each group, its factor `rate` included. scale: the factor of the gradients (1 / weight and clipping). They are
  // 0-d f32 tensors, so that a step can be recorded and replayed.
  virtual void step(std::span<const Tensor> rates, const Tensor& scale) = 0;
  // The base learning rate of the recipe, which the schedule multiplies.
  virtual double learning_rate() const = 0;
  // The state that a checkpoint saves, as handles of the optimizer's own tensors, into which loading writes. One of
  // them is the number of steps, 0-d i64.
  virtual std::vector<NamedTensor> state() = 0;
};

class STRATA_API Schedule {
 public:
  static constexpr std::string_view kRole = "schedule";
  struct Facts {};

  // How far training has come.
  struct Position {
    std::int64_t update = 1;  // number of the next update, from 1
    double epoch = 0;         // finished epochs, plus the finished part of the present one
    // 0..1, share of the limit that will end training (updates, epochs or minutes); 0 without a limit.
    double progress = 0;
  };

  virtual ~Schedule();
  // Returns the factor of the base learning rate, >= 0.
  virtual double factor(const Position& position) const = 0;
};

}  // namespace strata
