// WeightMean: a running mean of the weights (Polyak and Juditsky, 1992, in its exponential form), by which a run is
// validated and saved while it trains on.
#pragma once

#include <cstdint>
#include <vector>

#include "strata/nn/parameter.hpp"
#include "strata/tensor/named_tensor.hpp"

namespace strata::detail {

class WeightMean {
 public:
  // decay 0: there is none, and everything below does nothing.
  void start(double decay, const std::vector<NamedParameter>& parameters);
  bool on() const { return decay_ != 0; }
  // d of update t = 1, 2, ...: min(decay, (1 + t) / (10 + t)), so that the first weights are forgotten.
  double decay(std::int64_t t) const;
  // mean = d mean + (1 - d) weights. d: 0-d f64, so that a step can be replayed. flaw: 0-d, 0 after an update that
  // changed the weights, else NaN, which leaves the mean as it is.
  void update(const Tensor& d, const Tensor& flaw) const;

  // As long as it lives the parameters are the mean.
  class Shown {
   public:
    explicit Shown(WeightMean& mean) : mean_(mean) { mean_.show(); }
    ~Shown() { mean_.hide(); }
    Shown(const Shown&) = delete;
    Shown& operator=(const Shown&) = delete;

   private:
    WeightMean& mean_;
  };

  // What a checkpoint has beside the mean: the weights that are trained. Live tensors; load writes into them.
  void add_state(std::vector<NamedTensor>& state) const;
  // After the checkpoint was read: its parameters are the mean.
  void resume();

 private:
  void show();
  void hide();

  double decay_ = 0;
  std::vector<NamedParameter> parameters_;
  Tensors mean_, trained_;  // empty without a decay
};

}  // namespace strata::detail
