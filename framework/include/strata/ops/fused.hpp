// Fused ops: each keeps its composition in terms of primitives, and is served by a backend's kernel where there is one.
// Legend: B batch, T time (Tq query, Tk key), I input width, O output width, H hidden, V vocabulary, R rows = B*n (n
// beams).
#pragma once

#include "strata/core/export.hpp"
#include "strata/ops/random.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

// What linear applies at its end; gelu as in ops/elementwise.hpp.
enum class Activation { none, relu, tanh, sigmoid, gelu };

// activation(x weight^T + bias + addend). x [..., I], weight [O, I], bias [O] or undefined, addend [..., O] or
// undefined
// -> [..., O] in x's dtype. With x bf16, a weight of f32 is rounded to bf16 where it is used; its gradient stays f32.
// With an addend or inside a TimeLoop use Activation::none.
STRATA_API Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {}, const Tensor& addend = {},
                         Activation activation = Activation::none);

// Several linears of one x, as linear() each without an activation: y[i] = x weights[i]^T + biases[i] -> [..., O_i].
// For what attention makes of a sequence (query, key, value), which a backend may compute at the same time. One bias a
// weight, undefined where there is none.
STRATA_API Tensors linears(const Tensor& x, const Tensors& weights, const Tensors& biases);

// Over the last axis; computes in f32, returns x's dtype. mask: bool, broadcast to x's shape, true where kept; a row
// without a kept element gives zeros. x [..., N] -> [..., N].
STRATA_API Tensor softmax(const Tensor& x, const Tensor& mask = {});
STRATA_API Tensor log_softmax(const Tensor& x);  // -> f32 (f64 for f64)

// (x - mean) / sqrt(variance + eps) * scale + shift over the last axis (Ba et al., 2016). scale, shift [N] f32.
STRATA_API Tensor layer_norm(const Tensor& x, const Tensor& scale, const Tensor& shift, double eps = 1e-5);

// Cross-entropy of softmax(logits) with label smoothing (Szegedy et al., 2016, as PyTorch: the smoothed mass is spread
// over all V classes). logits [..., V], targets i64 [...] -> losses f32 [...] (f64 for f64), 0 where the target is
// `ignore`.
STRATA_API Tensor softmax_xent(const Tensor& logits, const Tensor& targets, double smoothing = 0,
                               std::int64_t ignore = -100);

// The most probable classes of each row.
struct TopLogits {
  Tensor values;   // [..., k], descending; equals in order of index
  Tensor indices;  // i64 [..., k]
  Tensor log_sum;  // f32 (f64 for f64) [...]: log of the sum of exp(logits - values[..., 0]) over all V
};
// logits [..., V], 1 <= k <= V, in one pass where a kernel serves it: log softmax(logits) at indices is
// values - values[..., 0] - log_sum. Not differentiable.
STRATA_API TopLogits top_logits(const Tensor& logits, int k);

// weight [V, O] f32, ids i64 [...] -> [..., O] in `dtype`. The gradient adds rows in a fixed order; row `padding` (if
// >= 0) receives none. E_SHAPE_INDEX when an id is outside [0, V).
STRATA_API Tensor embedding(const Tensor& weight, const Tensor& ids, DType dtype = DType::f32,
                            std::int64_t padding = -1);

// Of one direction; G is 4 for lstm, 3 for gru, 1 for rnn, gates in the order given below.
struct RecurrentWeights {
  Tensor input;        // weight_ih [G*H, I]
  Tensor hidden;       // weight_hh [G*H, H]
  Tensor input_bias;   // bias_ih [G*H] or undefined
  Tensor hidden_bias;  // bias_hh [G*H] or undefined
};
// One layer over a sequence, x [B,T,I]; lengths i64 [B] or undefined (all T). Beyond a row's length the state is held
// and the output is zero; `reverse` runs each row from its own last step to its first. h0, c0 [B,H] or undefined
// (zeros).
struct RecurrentOutput {
  Tensor outputs;  // [B,T,H]
  Tensor hidden;   // [B,H] after the last step
  Tensor cell;     // [B,H], lstm only
};
// Gates i,f,g,o: c' = s(f) c + s(i) tanh(g), h' = s(o) tanh(c') (Hochreiter and Schmidhuber, 1997; Gers et al., 2000).
STRATA_API RecurrentOutput lstm(const Tensor& x, const RecurrentWeights& weights, const Tensor& h0, const Tensor& c0,
                                const Tensor& lengths, bool reverse);
// Gates r,z,n, reset after the product: n = tanh(x_n + r * h_n), h' = (1 - z) n + z h (Cho et al., 2014, as cuDNN).
STRATA_API RecurrentOutput gru(const Tensor& x, const RecurrentWeights& weights, const Tensor& h0,
                               const Tensor& lengths, bool reverse);
// h' = tanh(W x + U h + b) (Elman, 1990).
STRATA_API RecurrentOutput rnn(const Tensor& x, const RecurrentWeights& weights, const Tensor& h0,
                               const Tensor& lengths, bool reverse);

// What an LSTM carries from step to step.
struct CellState {
  Tensor hidden, cell;  // [B,H]
};
// One step from all pre-activations. gates [B,4H], cell [B,H] -> hidden, cell [B,H].
STRATA_API CellState lstm_cell(const Tensor& gates, const Tensor& cell);
// x_gates, h_gates [B,3H] (products and biases of the input and the state), hidden [B,H] -> [B,H].
STRATA_API Tensor gru_cell(const Tensor& x_gates, const Tensor& h_gates, const Tensor& hidden);

// v^T tanh(query + key) (Bahdanau et al., 2015, eq. 6), tiled. query [R,Tq,W], keys [B,Tk,W], v [W] -> f32 [R,Tq,Tk];
// row r reads keys of r / (R/B).
STRATA_API Tensor additive_score(const Tensor& query, const Tensor& keys, const Tensor& v);

// Of sdpa.
struct SdpaOptions {
  bool causal = false;  // query i of the last Tq positions sees keys up to Tk - Tq + i
  double scale = 0;     // of the scores; 0: 1 / sqrt(D)
  double dropout = 0;   // probability of dropping a weight while training, as dropout() on weights [R,H,Tq,Tk]
  RandomKey key = {};   // of that
};
// softmax(scale q k^T) v (Vaswani et al., 2017, eq. 1). q [R,H,Tq,D], k [B,K,Tk,D], v [B,K,Tk,E] -> [R,H,Tq,E]; H is a
// multiple of K, R of B. mask: bool, broadcast to [R,H,Tq,Tk]; a query without a key gives zeros. In memory the result
// is [R,Tq,H,E], so that joining its heads copies nothing.
STRATA_API Tensor sdpa(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask = {},
                       const SdpaOptions& options = {});
// The same of one query a row over keys that were written once and stay: key j of row r is in row origin[r,j] of the
// cache, so that beams share what they have in common and nothing moves when they change places. q [R,H,D], k [N,C,K,D]
// and v [N,C,K,E] with room for C keys, origin i64 [R,T], T <= C (E_SHAPE_INDEX outside [0, N)) -> [R,H,E]. used: i64
// [] in [1,T], how many of the T keys there are by now, so that a step that is replayed reads one more each time;
// undefined: all.
STRATA_API Tensor sdpa_cached(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& origin,
                              const Tensor& used = {}, double scale = 0);

}  // namespace strata
