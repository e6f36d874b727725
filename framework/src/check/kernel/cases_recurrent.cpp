// Cases of the recurrent ops: with and without lengths, both directions, initial states, biases; one step, odd widths.
#include "check/kernel/cases.hpp"
#include "strata/ops/fused.hpp"

namespace strata::detail::conformance {
namespace {

struct Sizes {
  std::int64_t batch, time, input, hidden;
};

enum class Network { lstm, gru, rnn };

// 16-bit gates and states are rounded at each step, and the error of one step enters the next.
double amplification(const Sizes& s) { return 2 + static_cast<double>(s.time); }

struct Variant {
  const char* title;
  Sizes sizes;
  std::vector<std::int64_t> lengths;  // empty: not given
  bool reverse, states, biases, differences;
};

const Variant kVariants[] = {
    {"all steps", {3, 4, 2, 3}, {}, false, true, true, true},
    {"reversed", {2, 4, 3, 2}, {}, true, true, true, true},
    {"lengths", {4, 5, 2, 3}, {5, 1, 0, 3}, false, true, true, true},
    {"lengths, reversed", {4, 5, 2, 3}, {2, 5, 1, 0}, true, true, true, true},
    {"no states, no biases", {2, 3, 2, 3}, {}, false, false, false, true},
    {"lengths, no states", {2, 3, 2, 3}, {1, 3}, true, false, true, true},
    {"one step", {2, 1, 3, 2}, {}, false, true, true, true},
    {"one row", {1, 4, 1, 1}, {3}, false, false, true, true},
    {"a length beyond the end", {2, 3, 2, 2}, {9, 2}, true, false, true, true},
    {"17 x 33 wide", {5, 7, 17, 33}, {7, 3, 1, 6, 7}, false, true, true, false},
    {"17 x 33 wide, reversed", {5, 7, 17, 33}, {7, 3, 1, 6, 7}, true, true, true, false},
    {"32 x 32 wide", {8, 4, 32, 32}, {}, false, false, true, false},
};

void sequence(Cases& cases, Network kind) {
  Values random(501);
  const std::int64_t gates = kind == Network::lstm ? 4 : kind == Network::gru ? 3 : 1;
  for (const Variant& v : kVariants) {
    const auto [batch, time, input, hidden] = v.sizes;
    std::vector<Input> inputs{random.data({batch, time, input}), random.weight({gates * hidden, input}),
                              random.weight({gates * hidden, hidden})};
    for (int i = 0; i < 2; ++i) inputs.push_back(v.biases ? random.weight({gates * hidden}) : Values::none());
    inputs.push_back(v.states ? random.data({batch, hidden}) : Values::none());
    if (kind == Network::lstm) inputs.push_back(v.states ? random.weight({batch, hidden}) : Values::none());
    inputs.push_back(v.lengths.empty() ? Values::none() : Values::integers(v.lengths, {batch}));
    const bool reverse = v.reverse;
    const auto run = [kind, reverse](std::span<const Tensor> in, DType) -> Tensors {
      const RecurrentWeights weights{in[1], in[2], in[3], in[4]};
      if (kind == Network::lstm) {
        const auto out = lstm(in[0], weights, in[5], in[6], in[7], reverse);
        return {out.outputs, out.hidden, out.cell};
      }
      const auto out = kind == Network::gru ? gru(in[0], weights, in[5], in[6], reverse)
                                            : rnn(in[0], weights, in[5], in[6], reverse);
      return {out.outputs, out.hidden};
    };
    const char* op = kind == Network::lstm ? "lstm" : kind == Network::gru ? "gru" : "rnn";
    cases.push_back({op, v.title, std::move(inputs), run, amplification(v.sizes), v.differences});
    cases.back().narrow_inside = true;
  }
}

void cells(Cases& cases) {
  const std::size_t first = cases.size();
  Values random(502);
  const auto lstm_run = [](std::span<const Tensor> in, DType) {
    const CellState next = lstm_cell(in[0], in[1]);
    return Tensors{next.hidden, next.cell};
  };
  const auto gru_run = [](std::span<const Tensor> in, DType) { return Tensors{gru_cell(in[0], in[1], in[2])}; };
  for (const auto& [title, batch, hidden, differences] :
       {std::tuple{"[3,5]", 3, 5, true}, std::tuple{"[1,1]", 1, 1, true}, std::tuple{"[7,33]", 7, 33, false}}) {
    cases.push_back({"lstm_cell",
                     title,
                     {random.data({batch, 4 * hidden}, -2, 2), random.weight({batch, hidden}, -2, 2)},
                     lstm_run,
                     1,
                     differences});
    cases.push_back({"gru_cell",
                     title,
                     {random.data({batch, 3 * hidden}, -2, 2), random.data({batch, 3 * hidden}, -2, 2),
                      random.data({batch, hidden})},
                     gru_run,
                     1,
                     differences});
  }
  const auto hidden_only = [](std::span<const Tensor> in, DType) { return Tensors{lstm_cell(in[0], in[1]).hidden}; };
  const auto cell_only = [](std::span<const Tensor> in, DType) { return Tensors{lstm_cell(in[0], in[1]).cell}; };
  cases.push_back({"lstm_cell", "hidden alone", {random.data({2, 12}), random.weight({2, 3})}, hidden_only});
  cases.push_back({"lstm_cell", "cell alone", {random.data({2, 12}), random.weight({2, 3})}, cell_only});
  for (std::size_t i = first; i < cases.size(); ++i) cases[i].narrow_inside = true;
}

}  // namespace

void add_recurrent(Cases& cases) {
  for (const Network kind : {Network::lstm, Network::gru, Network::rnn}) sequence(cases, kind);
  cells(cases);
}

}  // namespace strata::detail::conformance
