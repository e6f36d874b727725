// A vanilla cell with one planted mistake (CHECK_FAULT), or none.
#include <strata/nn/cell.hpp>
#include <strata/ops/elementwise.hpp>
#include <strata/ops/fused.hpp>
#include <strata/ops/index.hpp>
#include <strata/ops/shape.hpp>
#include <strata/plugin.hpp>

#include <string_view>

namespace {
using namespace strata;

constexpr std::string_view kFault = CHECK_FAULT;

class FaultyCell final : public Cell {
 public:
  FaultyCell(const NoOptions&, const Shape& shape) : hidden_(shape.hidden) {
    input_ = parameter("input", {hidden_, shape.input}, Init::xavier(shape.input, hidden_));
    hidden_weight_ = parameter("hidden", {hidden_, hidden_}, Init::orthogonal());
  }
  Projection projection() const override { return {input_, {}}; }
  std::int64_t hidden() const override { return hidden_; }
  int state_parts() const override { return kFault == "parts" ? 2 : 1; }
  Tensors step(const Tensor& projected, const Tensors& state) const override {
    return {tanh(linear(state[0], hidden_weight_, {}, projected))};
  }
  Sequence sequence(const Tensor& x, const Tensors& state, const Tensor& lengths, bool reverse) const override {
    if (kFault == "lengths") return Cell::sequence(x, state, {}, reverse);
    if (kFault == "reverse") return Cell::sequence(x, state, lengths, false);
    return Cell::sequence(x, state, lengths, reverse);
  }

 private:
  std::int64_t hidden_;
  Parameter input_, hidden_weight_;
};
}  // namespace

STRATA_PLUGIN("faulty-cell", "1.0",
              [](strata::Registry& r) { r.add<strata::Cell, FaultyCell>("faulty", "a vanilla cell with a mistake"); });
