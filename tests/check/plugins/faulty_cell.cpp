// A vanilla cell with one planted mistake (option "fault"), or none.
#include <strata/nn/cell.hpp>
#include <strata/ops/elementwise.hpp>
#include <strata/ops/fused.hpp>
#include <strata/ops/index.hpp>
#include <strata/ops/shape.hpp>
#include <strata/plugin.hpp>

#include <string>

namespace {
using namespace strata;

class FaultyCell final : public Cell {
 public:
  struct Options {
    std::string fault = "none";
    void visit(auto& option) { option("fault", fault, "the mistake"); }
  };
  FaultyCell(const Options& options, const Facts& facts) : fault_(options.fault), hidden_(facts.hidden) {
    input_ = parameter("input", {hidden_, facts.input}, Init::xavier(facts.input, hidden_));
    hidden_weight_ = parameter("hidden", {hidden_, hidden_}, Init::orthogonal());
  }
  Projection projection() const override { return {input_, {}}; }
  std::int64_t hidden() const override { return hidden_; }
  int state_parts() const override { return fault_ == "parts" ? 2 : 1; }
  Tensors step(const Tensor& projected, const Tensors& state) const override {
    return {tanh(linear(state[0], hidden_weight_, {}, projected))};
  }
  Sequence sequence(const Tensor& x, const Tensors& state, const Tensor& lengths, bool reverse) const override {
    if (fault_ == "lengths") return Cell::sequence(x, state, {}, reverse);
    if (fault_ == "reverse") return Cell::sequence(x, state, lengths, false);
    return Cell::sequence(x, state, lengths, reverse);
  }

 private:
  std::string fault_;
  std::int64_t hidden_;
  Parameter input_, hidden_weight_;
};
}  // namespace

STRATA_PLUGIN("faulty-cell", "1.0",
              [](strata::Registry& r) { r.add<strata::Cell, FaultyCell>("faulty", "a vanilla cell with a mistake"); });
