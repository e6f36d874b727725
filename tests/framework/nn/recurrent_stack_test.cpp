// Cell's default walk over a sequence against the fused op, and RecurrentStack over a cell that has nothing but steps.
#include "strata/nn/recurrent_stack.hpp"

#include "framework/ops/check.hpp"
#include "strata/core/json.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"
#include "throws.hpp"

using namespace strata;
using namespace strata::test;

namespace {

// An LSTM by steps alone.
class SteppedLstm final : public Cell {
 public:
  SteppedLstm(const NoOptions&, const Facts& facts) : hidden_(facts.hidden) {
    input_ = parameter("weight_ih", {4 * hidden_, facts.input}, Init::normal(0.5));
    state_ = parameter("weight_hh", {4 * hidden_, hidden_}, Init::normal(0.5));
    bias_ = parameter("bias_ih", {4 * hidden_}, Init::normal(0.5));
  }
  Projection projection() const override { return {input_, bias_}; }
  std::int64_t hidden() const override { return hidden_; }
  int state_parts() const override { return 2; }
  Tensors step(const Tensor& projected, const Tensors& state) const override {
    const CellState next = lstm_cell(linear(state[0], state_, {}, projected), state[1]);
    return {next.hidden, next.cell};
  }
  Sequence fused(const Tensor& x, const Tensors& state, const Tensor& lengths, bool reverse) const {
    const bool fresh = state.empty();
    const RecurrentOutput out = lstm(x, {input_, state_, bias_, {}}, fresh ? Tensor() : state[0],
                                     fresh ? Tensor() : state[1], lengths, reverse);
    return {out.outputs, {out.hidden, out.cell}};
  }

 private:
  std::int64_t hidden_;
  Parameter input_, state_, bias_;
};

const char* stepped() {
  static const bool once = [] {
    default_registry().add<Cell, SteppedLstm>("stepped_lstm", "an LSTM that has nothing but steps");
    return true;
  }();
  (void)once;
  return "stepped_lstm";
}

RecurrentOptions options(bool bidirectional, std::int64_t layers) {
  RecurrentOptions out;
  out.cell = stepped();
  out.hidden = 4;
  out.layers = layers;
  out.bidirectional = bidirectional;
  return out;
}

Tensors flat(const Cell::Sequence& sequence) { return {sequence.outputs, sequence.state[0], sequence.state[1]}; }

// Outputs, and the gradients of their projection on `x` and all parameters.
std::vector<std::vector<double>> run(Layer& layer, const Tensor& x, const std::function<Tensors()>& call) {
  std::vector<std::vector<double>> all;
  Tensor total;
  unsigned stream = 50;
  for (const Tensor& output : call()) {
    all.push_back(output.to_doubles());
    const Tensor part = sum(output * random_tensor(output.shape(), stream++));
    total = total.defined() ? total + part : part;
  }
  x.set_grad({});
  for (const NamedParameter& one : layer.parameters()) one.parameter.value().set_grad({});
  backward(total);
  all.push_back(x.grad().to_doubles());
  for (const NamedParameter& one : layer.parameters()) all.push_back(one.parameter.value().grad().to_doubles());
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(recurrent_stack)

BOOST_AUTO_TEST_CASE(the_default_walk_equals_the_fused_op) {
  SteppedLstm cell({}, {3, 4});
  cell.materialise(1, DType::f64);
  const Tensor x = leaf({3, 5, 3});
  const Tensors given = {random_tensor({3, 4}, 7), random_tensor({3, 4}, 8)};
  for (const Tensor& lengths : {Tensor(), ids({5, 1, 3}, {3})}) {
    for (const Tensors& state : {Tensors{}, given}) {
      for (const bool reverse : {false, true}) {
        const auto walked = run(cell, x, [&] { return flat(cell.sequence(x, state, lengths, reverse)); });
        const auto fused = run(cell, x, [&] { return flat(cell.fused(x, state, lengths, reverse)); });
        BOOST_TEST_CONTEXT("lengths " << lengths.defined() << ", state " << !state.empty() << ", reverse " << reverse) {
          for (std::size_t i = 0; i < walked.size(); ++i) check_close(walked[i], fused[i], 1e-12);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(initial_states_are_zeros_in_the_compute_type) {
  SteppedLstm cell({}, {3, 4});
  cell.materialise(1);
  const ContextScope scope;
  context().compute = DType::bf16;
  const Tensors state = cell.initial_state(2);
  BOOST_REQUIRE_EQUAL(state.size(), 2U);
  BOOST_TEST((state[1].dtype() == DType::bf16 && state[1].shape() == Shape{2, 4}));
  for (const double value : state[0].to_doubles()) BOOST_TEST(value == 0);
  cell.materialise(1, DType::f64);
  BOOST_TEST((cell.initial_state(2)[0].dtype() == DType::f64));
}

BOOST_AUTO_TEST_CASE(names_and_shapes) {
  RecurrentStack stack(options(true, 2), 3);
  std::vector<std::string> names;
  for (const NamedParameter& one : stack.parameters()) names.push_back(one.name);
  std::vector<std::string> expected;
  for (const char* layer : {"layers.0", "layers.0.reverse", "layers.1", "layers.1.reverse"}) {
    for (const char* part : {".weight_ih", ".weight_hh", ".bias_ih"}) expected.push_back(std::string(layer) + part);
  }
  BOOST_TEST(names == expected, boost::test_tools::per_element());
  stack.materialise(1, DType::f64);
  const RecurrentStack::Output out = stack(random_tensor({3, 5, 3}), ids({5, 1, 3}, {3}));
  BOOST_TEST((out.outputs.shape() == Shape{3, 5, 4}));
  BOOST_REQUIRE_EQUAL(out.states.size(), 2U);
  for (const Tensors& layer : out.states) {
    BOOST_REQUIRE_EQUAL(layer.size(), 2U);
    for (const Tensor& part : layer) BOOST_TEST((part.shape() == Shape{3, 4}));
  }
  BOOST_TEST(stack.width() == 4);
  BOOST_TEST(stack.state_parts() == 2);
}

// Each row alone, without padding, gives the same outputs and states; beyond its length there are zeros.
BOOST_AUTO_TEST_CASE(padding_changes_nothing) {
  const std::vector<std::int64_t> lengths = {2, 5, 1};
  for (const bool bidirectional : {false, true}) {
    RecurrentStack stack(options(bidirectional, 2), 3);
    stack.materialise(4, DType::f64);
    const Tensor x = random_tensor({3, 5, 3});
    const RecurrentStack::Output all = stack(x, ids(lengths, {3}));
    for (std::int64_t row = 0; row < 3; ++row) {
      const std::int64_t length = lengths[static_cast<std::size_t>(row)];
      const RecurrentStack::Output one = stack(contiguous(slice(slice(x, 0, row, row + 1), 1, 0, length)), {});
      const Tensor own = slice(all.outputs, 0, row, row + 1);
      check_close(slice(own, 1, 0, length).to_doubles(), one.outputs.to_doubles(), 1e-14);
      for (const double value : slice(own, 1, length, 5).to_doubles()) BOOST_TEST(value == 0);
      for (std::size_t layer = 0; layer < 2; ++layer) {
        for (std::size_t part = 0; part < 2; ++part) {
          check_close(slice(all.states[layer][part], 0, row, row + 1).to_doubles(),
                      one.states[layer][part].to_doubles(), 1e-14);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(dropout_stands_between_layers_only) {
  RecurrentOptions with = options(false, 2);
  with.dropout = 0.5;
  RecurrentStack wet(with, 3), dry(options(false, 2), 3);
  wet.materialise(1, DType::f64);
  dry.materialise(1, DType::f64);
  const Tensor x = random_tensor({2, 4, 3});
  BOOST_TEST((wet(x, {}).outputs.to_doubles() == dry(x, {}).outputs.to_doubles()));
  const ContextScope scope;
  context().training = true;
  const RecurrentStack::Output a = wet(x, {}), b = dry(x, {});
  BOOST_TEST((a.states[0][0].to_doubles() == b.states[0][0].to_doubles()));  // the first layer reads x whole
  BOOST_TEST((a.outputs.to_doubles() != b.outputs.to_doubles()));
}

BOOST_AUTO_TEST_CASE(odd_halves_are_refused) {
  RecurrentOptions odd = options(true, 1);
  odd.hidden = 5;
  check_throws([&] { RecurrentStack(odd, 3); }, "E_CONFIG_RANGE", "hidden", "5 is odd");
}

BOOST_AUTO_TEST_SUITE_END()
