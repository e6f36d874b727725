// Fused ops: each is defined as a composition of simpler ops, and runs as one kernel on backends that have one. Legend:
// B batch, T time (Tq query, Tk key), I input width, O output width, H hidden, V vocabulary, R rows = B*n (n beams).
#pragma once

#include "strata/core/export.hpp"
#include "strata/ops/random.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

// The function that linear() applies to its result; gelu is that of ops/elementwise.hpp.
enum class Activation { none, relu, tanh, sigmoid, gelu };

// activation(x weight^T + bias + addend): x [..., I], weight [O, I], bias [O] or undefined, addend [..., O] or
// undefined -> [..., O] in x's dtype. When x is bf16, an f32 weight is rounded to bf16 for the product; its gradient is
// f32. With an addend, or inside a TimeLoop, the activation must be Activation::none.
STRATA_API Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {}, const Tensor& addend = {},
                         Activation activation = Activation::none);

// Several linear() calls with the same x: y[i] = x weights[i]^T + biases[i] -> [..., O_i], for the query, key and value
// projections of attention for example. A backend may compute them at the same time. `biases` has one entry for each
// weight, undefined when there is no bias.
STRATA_API Tensors linears(const Tensor& x, const Tensors& weights, const Tensors& biases);

// Softmax over the last axis, x [..., N] -> [..., N], computed in f32 and returned in x's dtype. mask: bool, broadcast
// to the shape of x; elements where it is false get weight 0, and a row without a true element gives zeros.
STRATA_API Tensor softmax(const Tensor& x, const Tensor& mask = {});
// Logarithm of the softmax over the last axis, in f32 (f64 for f64).
STRATA_API Tensor log_softmax(const Tensor& x);

// (x - mean) / sqrt(variance + eps) * scale + shift over the last axis (Ba et al., 2016). scale, shift [N] f32.
STRATA_API Tensor layer_norm(const Tensor& x, const Tensor& scale, const Tensor& shift, double eps = 1e-5);
// x / sqrt(mean(x^2) + eps) * scale over the last axis (Zhang and Sennrich, 2019). scale [N] f32.
STRATA_API Tensor rms_norm(const Tensor& x, const Tensor& scale, double eps = 1e-6);

// Cross-entropy of softmax(logits) with label smoothing (Szegedy et al., 2016, as PyTorch: the smoothed mass is spread
// over all V classes). logits [..., V], targets i64 [...] -> losses f32 [...] (f64 for f64), 0 where the target is
// `ignore`.
STRATA_API Tensor softmax_xent(const Tensor& logits, const Tensor& targets, double smoothing = 0,
                               std::int64_t ignore = -100);

// The most probable classes of each row and their logits.
struct TopLogits {
  Tensor values;   // [..., k], in descending order; equal values in the order of their indices
  Tensor indices;  // i64 [..., k]
  Tensor log_sum;  // f32 (f64 for f64) [...]: log of the sum of exp(logits - values[..., 0]) over all V
};
// logits [..., V], 1 <= k <= V. The log-probabilities of the classes are values - values[..., 0] - log_sum. A kernel
// may compute all three in one pass over the logits. Not differentiable.
STRATA_API TopLogits top_logits(const Tensor& logits, int k);

// Rows of a table: weight [V, O] f32, ids i64 [...] -> [..., O] in `dtype`. The gradient is summed in a fixed order;
// row `padding` (if >= 0) receives none. Throws E_SHAPE_INDEX when an id is outside [0, V).
STRATA_API Tensor embedding(const Tensor& weight, const Tensor& ids, DType dtype = DType::f32,
                            std::int64_t padding = -1);

// The weights of one direction of a recurrent layer. G is the number of gates: 4 for lstm, 3 for gru, 1 for rnn, in the
// order given below.
struct RecurrentWeights {
  Tensor input;        // weight_ih [G*H, I]
  Tensor hidden;       // weight_hh [G*H, H]
  Tensor input_bias;   // bias_ih [G*H] or undefined
  Tensor hidden_bias;  // bias_hh [G*H] or undefined
};
// The result of a recurrent layer over a sequence x [B,T,I]. lengths i64 [B], or undefined when every row is T long.
// After the end of a row its state no longer changes and its output is zero. With `reverse`, each row runs from its own
// last step to its first. h0, c0 [B,H] are the first state; undefined: zeros.
struct RecurrentOutput {
  Tensor outputs;  // [B,T,H]
  Tensor hidden;   // [B,H] after the last step
  Tensor cell;     // [B,H] after the last step; lstm only
};
// LSTM with gates i,f,g,o: c' = s(f) c + s(i) tanh(g), h' = s(o) tanh(c') (Hochreiter and Schmidhuber, 1997; Gers et
// al., 2000).
STRATA_API RecurrentOutput lstm(const Tensor& x, const RecurrentWeights& weights, const Tensor& h0, const Tensor& c0,
                                const Tensor& lengths, bool reverse);
// GRU with gates r,z,n, where the reset gate applies after the product: n = tanh(x_n + r * h_n), h' = (1 - z) n + z h
// (Cho et al., 2014, as cuDNN).
STRATA_API RecurrentOutput gru(const Tensor& x, const RecurrentWeights& weights, const Tensor& h0,
                               const Tensor& lengths, bool reverse);
// Simple recurrence: h' = tanh(W x + U h + b) (Elman, 1990).
STRATA_API RecurrentOutput rnn(const Tensor& x, const RecurrentWeights& weights, const Tensor& h0,
                               const Tensor& lengths, bool reverse);

// The state of an LSTM after a step.
struct CellState {
  Tensor hidden, cell;  // [B,H]
};
// One LSTM step from the sums before the gate functions: gates [B,4H], cell [B,H] -> hidden, cell [B,H].
STRATA_API CellState lstm_cell(const Tensor& gates, const Tensor& cell);
// One GRU step: x_gates and h_gates [B,3H] (the products of input and state with their weights, biases included),
// hidden [B,H] -> the next hidden [B,H].
STRATA_API Tensor gru_cell(const Tensor& x_gates, const Tensor& h_gates, const Tensor& hidden);

// Scores v^T tanh(query + key) of additive attention (Bahdanau et al., 2015, eq. 6): query [R,Tq,W], keys [B,Tk,W], v
// [W] -> f32 [R,Tq,Tk]. Row r of the query reads row r / (R/B) of the keys. Kernels compute it in tiles, without a
// tensor of [R,Tq,Tk,W].
STRATA_API Tensor additive_score(const Tensor& query, const Tensor& keys, const Tensor& v);

// Options of sdpa().
struct SdpaOptions {
  bool causal = false;  // true: query i reads keys 0 to Tk - Tq + i only
  double scale = 0;     // factor of the scores; 0: 1 / sqrt(D)
  double dropout = 0;   // probability of dropping an attention weight while training; draws as dropout() on [R,H,Tq,Tk]
  RandomKey key = {};   // key of the dropout
};
// Scaled dot-product attention softmax(scale q k^T) v (Vaswani et al., 2017, eq. 1): q [R,H,Tq,D], k [B,K,Tk,D], v
// [B,K,Tk,E] -> [R,H,Tq,E]. H is a multiple of K, and R of B. mask: bool, broadcast to [R,H,Tq,Tk], true for keys that
// may be read; a query without a key gives zeros. The result is a view of a dense tensor [R,Tq,H,E], so that its heads
// can be joined without a copy.
STRATA_API Tensor sdpa(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask = {},
                       const SdpaOptions& options = {});
// sdpa() of one query for each row, over a cache whose entries are never moved: q [R,H,D], k [N,C,K,D], v [N,C,K,E],
// origin i64 [R,T] -> [R,H,E]. Key j of row r is at k[origin[r,j], j], so that beams share their common keys, and
// reordering beams changes `origin` only. C is the capacity of the cache, T <= C. used: i64 [] in [1,T], the number of
// keys that have been written; a replayed step can thus read one more key each time; undefined: T. first: i64 [R], the
// first key that each row reads; a row that reads none gives zeros; undefined: 0. Throws E_SHAPE_INDEX when an origin
// is outside [0, N).
STRATA_API Tensor sdpa_cached(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& origin,
                              const Tensor& used = {}, double scale = 0, const Tensor& first = {});

}  // namespace strata
