// Recurrent layers and additive attention against PyTorch: outputs and every gradient (tests/golden/recurrent/make.py).
#include "framework/ops/golden.hpp"

#include "strata/autograd/backward.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/matmul.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"

using namespace strata;

namespace {

// One rounding of f32 is 6e-8; some tens of them meet in a value of size 1 to 10.
double tolerance_of(DType dtype) { return dtype == DType::f64 ? 1e-12 : 5e-6; }

enum class Kind { lstm, gru, rnn };

// Two layers, both directions, rows of different lengths: as torch.nn.LSTM on a packed sequence.
Tensor run(Golden& golden, Kind kind, DType dtype, const Tensor& lengths) {
  Tensor x = golden.leaf("x", dtype);
  const Tensor h0 = golden.leaf("h0", dtype), c0 = golden.leaf("c0", dtype);
  Tensors hidden, cells;
  for (int layer = 0; layer < 2; ++layer) {
    Tensors directions;
    for (const bool reverse : {false, true}) {
      const std::string suffix = "_l" + std::to_string(layer) + (reverse ? "_reverse" : "");
      const RecurrentWeights weights{golden.leaf("weight_ih" + suffix, dtype), golden.leaf("weight_hh" + suffix, dtype),
                                     golden.leaf("bias_ih" + suffix, dtype), golden.leaf("bias_hh" + suffix, dtype)};
      const int at = 2 * layer + (reverse ? 1 : 0);
      const Tensor h = select(h0, 0, at);
      const RecurrentOutput out = kind == Kind::lstm  ? lstm(x, weights, h, select(c0, 0, at), lengths, reverse)
                                  : kind == Kind::gru ? gru(x, weights, h, lengths, reverse)
                                                      : rnn(x, weights, h, lengths, reverse);
      directions.push_back(out.outputs);
      hidden.push_back(out.hidden);
      cells.push_back(out.cell);
    }
    x = concat(directions, -1);
  }
  golden.compare("y", x, tolerance_of(dtype));
  golden.compare("h_n", stack(hidden, 0), tolerance_of(dtype));
  Tensor loss = sum(x * cast(golden["seed.y"], dtype)) + sum(stack(hidden, 0) * cast(golden["seed.h_n"], dtype));
  if (kind == Kind::lstm) {
    golden.compare("c_n", stack(cells, 0), tolerance_of(dtype));
    loss = loss + sum(stack(cells, 0) * cast(golden["seed.c_n"], dtype));
  }
  return loss;
}

void check(const std::string& file, Kind kind) {
  for (const DType dtype : {DType::f64, DType::f32}) {
    Golden golden("recurrent/" + file);
    backward(run(golden, kind, dtype, golden.integers("lengths")));
    golden.compare_gradients(tolerance_of(dtype));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(golden)

BOOST_AUTO_TEST_CASE(lstm_equals_pytorch) { check("lstm.txt", Kind::lstm); }
BOOST_AUTO_TEST_CASE(gru_equals_pytorch) { check("gru.txt", Kind::gru); }
BOOST_AUTO_TEST_CASE(rnn_equals_pytorch) { check("rnn.txt", Kind::rnn); }

BOOST_AUTO_TEST_CASE(additive_attention_equals_pytorch) {
  for (const DType dtype : {DType::f64, DType::f32}) {
    Golden golden("recurrent/additive.txt");
    const Tensor query = linear(golden.leaf("query", dtype), golden.leaf("query_weight", dtype));
    const Tensor memory = golden.leaf("memory", dtype);  // [B,Tk,M]
    const Tensor keys = linear(memory, golden.leaf("key_weight", dtype), golden.leaf("key_bias", dtype));
    const Tensor scores = additive_score(query, keys, golden.leaf("v", dtype));  // [R,Tq,Tk]
    const Tensor kept = less(Tensor::from(std::vector<std::int64_t>{0, 1, 2, 3}, {1, 1, 4}),
                             reshape(golden.integers("lengths"), {2, 1, 1}));
    const Tensor by_sentence = reshape(scores, {2, 4, 4});  // [B,n*Tq,Tk]
    const Tensor weights = softmax(by_sentence, kept);
    const Tensor context = matmul(weights, memory);  // [B,n*Tq,M]
    golden.compare("scores", scores, tolerance_of(dtype));
    golden.compare("weights", weights, tolerance_of(dtype));
    golden.compare("context", context, tolerance_of(dtype));
    const auto projected = [&](const std::string& name, const Tensor& tensor) {
      return sum(tensor * reshape(cast(golden["seed." + name], dtype), tensor.shape()));
    };
    backward(projected("scores", scores) + projected("weights", weights) + projected("context", context));
    golden.compare_gradients(tolerance_of(dtype));
  }
}

BOOST_AUTO_TEST_SUITE_END()
