// Optimizer and Schedule: the roles behind "optimizer" and "schedule" in a recipe.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/nn/layer.hpp"
#include "strata/tensor/named_tensor.hpp"

namespace strata {

class STRATA_API Optimizer {
 public:
  static constexpr std::string_view kRole = "optimizer";
  struct Facts {
    std::vector<NamedParameter> parameters;  // materialised
  };

  Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;
  virtual ~Optimizer();

  // One update of all parameters from their grad(); a parameter without a gradient is left alone. learning_rate and
  // scale (what gradients are multiplied by: 1 / weight, clipping) are 0-d f32 tensors, so that a step can be replayed.
  virtual void step(const Tensor& learning_rate, const Tensor& scale) = 0;
  // The recipe's base rate, which the schedule multiplies.
  virtual double learning_rate() const = 0;
  // What a checkpoint keeps: handles of the live tensors; load writes into them. The step count is a 0-d i64 among
  // them.
  virtual std::vector<NamedTensor> state() = 0;
};

class STRATA_API Schedule {
 public:
  static constexpr std::string_view kRole = "schedule";
  struct Facts {};

  // Where training stands. `progress` is 0..1 of the limit that will end it (updates, epochs or minutes).
  struct Position {
    std::int64_t update = 1;  // the update about to be made, from 1
    double epoch = 0;         // epochs done, with the fraction of the present one
    double progress = 0;      // 0 where no limit is set
  };

  virtual ~Schedule();
  // What the base rate is multiplied by, >= 0.
  virtual double factor(const Position& position) const = 0;
};

}  // namespace strata
