// Simple recurrent unit (Lei et al., 2018, "Simple Recurrent Units for Highly Parallelizable Recurrence", eq. 1-4): the
// gates look at the cell element by element, so that a step has no matrix product; the host computes the only one, of
// the input, for all steps at once.
//   f = s(W_f x + v_f c + b_f)    c' = f c + (1 - f) W x
//   r = s(W_r x + v_r c + b_r)    h  = r c' + (1 - r) W_h x
#include <strata/nn/cell.hpp>
#include <strata/ops/elementwise.hpp>
#include <strata/ops/shape.hpp>
#include <strata/plugin.hpp>

#include <cmath>

namespace {
using namespace strata;

class SruCell final : public Cell {
 public:
  SruCell(const NoOptions&, const Facts& facts) : hidden_(facts.hidden) {
    const Init init = Init::uniform(std::sqrt(3 / static_cast<double>(facts.input)));
    weight_ = parameter("weight", {4 * hidden_, facts.input}, init);  // W, W_f, W_r, W_h
    bias_ = parameter("bias", {4 * hidden_}, Init::zeros());
    forget_ = parameter("forget", {hidden_}, Init::uniform(1 / std::sqrt(static_cast<double>(hidden_))));
    reset_ = parameter("reset", {hidden_}, Init::uniform(1 / std::sqrt(static_cast<double>(hidden_))));
  }

  Projection projection() const override { return {weight_, bias_}; }
  std::int64_t hidden() const override { return hidden_; }
  int state_parts() const override { return 2; }  // h, c

  // projected [B,4H], state h, c [B,H]
  Tensors step(const Tensor& projected, const Tensors& state) const override {
    const auto part = [&](std::int64_t i) { return slice(projected, 1, i * hidden_, (i + 1) * hidden_); };
    const Tensor& before = state[1];
    const Tensor f = sigmoid(part(1) + as_compute(forget_) * before);
    const Tensor r = sigmoid(part(2) + as_compute(reset_) * before);
    const Tensor cell = f * before + (1.0 - f) * part(0);
    return {r * cell + (1.0 - r) * part(3), cell};
  }

 private:
  std::int64_t hidden_;
  Parameter weight_, bias_, forget_, reset_;
};
}  // namespace

STRATA_PLUGIN("sru-cell", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Cell, SruCell>(
      "sru",
      "simple recurrent unit, whose gates use the state elementwise and not in a matrix product (Lei et al., 2018)");
});
