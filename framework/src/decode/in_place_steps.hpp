// InPlaceSteps: steps of a generator whose state stays where it is, so that they can be replayed. Private to libstrata.
#pragma once

#include "ops/replayed_step.hpp"
#include "strata/model/capabilities.hpp"

namespace strata::detail {

class InPlaceSteps {
 public:
  // A state that reserve() has made room in, in R rows. Both outlive this.
  InPlaceSteps(Generator& generator, Generator::State& state);

  // Row i of what is read is row rows[i] of the last step; moves i64 [2,R]: the last token of each row, and `rows`
  // -> logits [R,V], right until the next call.
  Tensor operator()(const Tensor& moves);
  // False after a step that changed the shape of a part of the state: there is nothing to replay, and the state is as
  // Generator::step left it.
  bool holds() const { return holds_; }
  // Says once a process why steps are queued op by op after all.
  static void tell(const std::string& reason);

 private:
  Tensor step(const Tensor& moves);
  void settle();
  Tensors parts();
  void put(const Tensors& parts);

  Generator& generator_;
  Generator::State& state_;
  Tensors held_;  // the state's parts, between steps
  bool holds_ = true;
  ReplayedStep replay_;
};

}  // namespace strata::detail
