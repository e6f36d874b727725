// The vectorised loops as a table of functions on plain pointers, one table per instruction set; the best that this CPU
// runs is chosen once. Each call is one thread's share: the op files split the work.
// Arrays [2] or [2][2] are indexed by element type: 0 float, 1 bfloat16.
#pragma once

#include <cstdint>

namespace strata::onednn {

enum class Unary { neg, abs, exp, log, sqrt, tanh, sigmoid, relu, gelu, gelu_tanh, silu, elu, count };
enum class Binary { add, sub, mul, div, maximum, minimum, count };

// One row of an LSTM step: i, f, g, o = activated gates; c' = f c + i g; h' = o tanh(c').
struct LstmRow {
  const void* gates;       // [4H] pre-activations: the input's part
  const float* recurrent;  // [4H] the state's part, or null
  const void* cell;        // [H]
  void* next_cell;         // [H]
  void* activated;         // [4H] or null; may be `gates`
  void* hidden;            // [H]
  void* hidden_copy;       // [H] or null: dense, for the next step's product
  std::int64_t width;      // H
};
// Its backward. dcell: gradient of c' on entry, of c on return.
struct LstmRowBackward {
  const void* activated;         // [4H]
  const void* cell;              // [H] before the step
  const void* next_cell;         // [H] after it
  const void* output_gradient;   // [H] or null
  const float* hidden_gradient;  // [H] or null: through the later steps
  float* cell_gradient;          // [H]
  void* gates_gradient;          // [4H]
  void* gates_gradient_copy;     // [4H] or null
  std::int64_t width;
};

// Gates r, z, n, reset after the product: n = tanh(x_n + r h_n), h' = (1 - z) n + z h.
struct GruRow {
  const void* x_gates;     // [3H]
  const void* h_gates;     // [3H]; float in the sequence op
  const void* hidden;      // [H]
  void* next_hidden;       // [H]
  void* next_hidden_copy;  // [H] or null
  void* activated;         // [4H] or null: r, z, n and h_n
  std::int64_t width;
};
struct GruRowBackward {
  const void* activated;        // [4H]
  const void* hidden;           // [H] before the step
  const void* output_gradient;  // [H] or null
  float* hidden_gradient;       // [H]: of h' on entry (added to output_gradient), z times that on return
  void* x_gradient;             // [3H]
  void* h_gradient;             // [3H]
  void* h_gradient_copy;        // [3H] or null
  std::int64_t width;
};

struct AdditiveRow {
  const void* query;  // [W]
  const void* keys;   // [Tk, W], rows `key_stride` apart
  const float* v;     // [W]
  float* scores;      // [Tk]
  std::int64_t keys_count, key_stride, width;
};
struct AdditiveRowBackward {
  const void* query;
  const void* keys;
  const float* v;
  const float* score_gradient;  // [Tk]
  void* query_gradient;         // [W], written
  void* keys_gradient;          // [Tk, W]
  float* v_gradient;            // [W], added to
  std::int64_t keys_count, key_stride, keys_gradient_stride, width;
  bool add_keys;             // keys_gradient is added to
  bool float_keys_gradient;  // keys_gradient is float whatever the keys are
};

struct TopkRow {
  const void* x;
  std::int64_t count, k;  // 1 <= k <= count
  float* values;          // [k]
  std::int64_t* indices;  // [k]
};

struct SgdStep {
  float* parameter;
  const float* gradient;
  float* buffer;  // null without momentum
  std::int64_t count;
  float rate, scale, decay, momentum;
  bool nesterov;
};
struct AdamStep {
  float* parameter;
  const float* gradient;
  float* mean;
  float* variance;
  std::int64_t count;
  float rate, beta1, beta2, epsilon;  // rate: corrected for the bias of both moments
  float variance_scale;               // 1 / sqrt(1 - beta2^t)
  float shrink;                       // decoupled decay: parameter *= shrink
  float coupled_decay;                // gradient += coupled_decay * parameter
  float gradient_scale;
};

// One block of a packed weight; what lies beyond n_count or k_count becomes zero.
struct PackBlock {
  const void* source;
  std::int64_t n_stride, k_stride;  // in elements; one of them is 1
  void* to;
  std::int64_t n_count, k_count, n_block, k_block;
};

// Elements [first, last) of a tensor; x and y are its first elements.
struct DropoutCall {
  const void* x;
  const void* addend;  // what is added to the result, or null
  void* y;
  std::int64_t first, last;
  std::uint64_t key;
  std::int64_t call, step;
  std::uint32_t threshold;
  float scale;
};

// softmax(scale q k^T) v of one head: Tq queries, Tk keys, widths D and E. Rows are `..._row` elements apart.
struct AttentionHead {
  const void* q;              // [Tq,D]
  const void* k;              // [Tk,D]
  const void* v;              // [Tk,E]
  void* y;                    // [Tq,E]
  float* lse;                 // [Tq] log of the sum of exp(scores), infinity where no key is seen; or null
  const unsigned char* mask;  // [Tq,Tk], 0 hides; or null
  std::int64_t queries, keys, width, value_width;
  std::int64_t q_row, k_row, v_row, y_row, mask_row;
  bool causal;  // query i sees keys up to Tk - Tq + i
  float scale;
  DropoutCall drop;            // threshold 0: none
  std::int64_t first_element;  // the number of weight [0,0] among all that dropout numbers
  float* scratch;              // attention_scratch() floats
};
// Its backward: `y` and `lse` are those of forward.
struct AttentionHeadBackward {
  AttentionHead head;
  const void* dy;  // [Tq,E]
  void* dq;        // [Tq,D] or null
  // Sums in floats over the heads and rows that share keys: cleared by the first of them, rows kAttentionPad-padded.
  float* dk;  // [Tk,D]
  float* dv;  // [Tk,E]
  bool first;
  std::int64_t dy_row, dq_row;
};
constexpr std::int64_t kAttentionTile = 64;     // keys of a tile
constexpr std::int64_t kAttentionQueries = 48;  // queries of a tile
constexpr std::int64_t kAttentionPad = 16;      // rows of scratch are a multiple of this many floats
static constexpr std::int64_t attention_padded(std::int64_t n) {
  return (n + kAttentionPad - 1) / kAttentionPad * kAttentionPad;
}
// Static, so that no file is given another's copy. Floats that a call needs: keys and values turned or widened as a
// whole, the tiles of queries and scores.
static constexpr std::int64_t attention_scratch(std::int64_t keys, std::int64_t width, std::int64_t value_width) {
  const std::int64_t rows = keys + kAttentionTile, d = attention_padded(width), e = attention_padded(value_width);
  return rows * (2 * d + 2 * e) + kAttentionQueries * (2 * d + 2 * e + 4 * kAttentionTile + 4) + 1024;
}

// softmax(scale q k^T) v of some heads of one query, key j in row rows[j] of a cache. Strides are in elements: of a row
// of the cache, a key, a head.
struct CachedQuery {
  const void* q;                                                    // [heads,width]
  const void* k;                                                    // [N,C,K,width]
  const void* v;                                                    // [N,C,K,value_width]
  void* y;                                                          // [heads,value_width]
  const std::int64_t* rows;                                         // [keys]
  std::int64_t keys, heads, first_head, group, width, value_width;  // head first_head + h reads key head / group
  std::int64_t q_head, y_head, k_row, k_key, k_head, v_row, v_key, v_head;
  float scale;
  float* scratch;  // keys * VectorTable::lanes floats; heads is at most as many lanes
};

// y[m][o] = weight[o] . x[m] + bias[o] for outputs [first, last) of m < count rows.
constexpr int kDotCount = 4;
struct DotRows {
  const void* weight;  // [O,width], rows weight_row apart
  const float* x;      // [count,width]
  const float* bias;   // [O] or null
  float* y;            // [count], rows y_row apart
  std::int64_t first, last, width, weight_row, y_row;
  int count;  // 1..kDotCount
};

// The same of 8-bit codes: y[m][o] = (sum of weight[o] x[m]) * x_scale[m] * scale[o] + bias[o].
struct CodeRows {
  const std::int8_t* weight;        // [O,width]
  const std::int32_t* weight_sums;  // [O]: of the codes of each row
  const float* scale;               // [O]
  const float* bias;                // [O] or null
  const std::int8_t* x;             // [count,width]
  const float* x_scale;             // [count]
  float* y;                         // [count], rows y_row apart
  std::int64_t first, last, width, y_row;
  int count;  // 1..kDotCount
};

// C[m,n] (+)= A^T B in bf16 with sums in float, in stretches of `depth` (even) along k. B is packed: a stretch is
// panels of kGradientColumns columns, gradient_panel(depth) words each: pairs of rows side by side.
constexpr std::int64_t kGradientDepth = 512, kGradientColumns = 32, kGradientRows = 252;
static constexpr std::int64_t gradient_panel(std::int64_t depth) { return depth / 2 * kGradientColumns + 16; }
// Pairs [first, last) of rows of one stretch, the first of which is b.
struct GradientPack {
  const void* b;  // [k,n], rows b_row apart; k rows are there
  std::uint32_t* to;
  std::int64_t first, last, k, n, b_row, depth;
};
// Rows [first, last) of C.
struct GradientProduct {
  const void* a;           // [k,m], rows a_row apart
  const std::uint32_t* b;  // packed
  float* c;                // [m,n], rows c_row apart
  std::uint32_t* scratch;  // kGradientScratch words
  std::int64_t first, last, n, k, depth, a_row, c_row;
  bool add;
};
constexpr std::int64_t kGradientScratch = kGradientRows * kGradientDepth / 2 + kGradientRows * 16;

// Columns of y[rows,O] by panels [first, last) of the weight. x: blocks of at_once <= kCodeRows rows, each as words of
// four codes + 128: [(width + 3) / 4][kCodeRows], zero beyond the width. weight: panels as codes_pack writes them.
constexpr std::int64_t kCodeRows = 14, kCodeColumns = 32;
struct CodesProduct {
  const std::int32_t* x;
  const std::int32_t* weight;
  const std::int32_t* weight_sums;  // [O]
  const float* x_scale;             // [rows]
  const float* scale;               // [O]
  const float* bias;                // [O] or null
  float* y;                         // rows y_row apart
  std::int64_t rows, at_once, width, outputs, y_row, first, last;
  bool relu;
};

// Columns of y [rows,outputs] (+)= x [rows,width] W + bias by panels [first, last) of W, each [width][kPanelColumns]. x
// comes as blocks of at_once <= panel_rows rows, each [width][kPanelRows].
constexpr std::int64_t kPanelColumns = 32, kPanelRows = 16;
struct PanelProduct {
  const float* x;
  const float* weight;
  const float* bias;  // [outputs] or null
  float* y;           // rows y_row apart
  std::int64_t rows, at_once, width, outputs, y_row, first, last;
  bool add;
};

// Rows [first, last) of C [m,n] (+)= A^T B in f32: A [k,m] with rows a_row apart, B in panels as above.
constexpr std::int64_t kFloatGradientScratch = kGradientRows / 6 * 256 * kPanelRows;  // tiles of 6 rows or more
struct FloatGradient {
  const float* a;
  const float* b;
  float* c;
  float* scratch;  // kFloatGradientScratch floats
  std::int64_t first, last, n, k, a_row, c_row;
  bool add;
};

struct VectorTable {
  const char* isa;
  void (*convert[2][2])(const void* from, void* to, std::int64_t n);
  void (*unary[static_cast<int>(Unary::count)][2])(const void* x, void* y, std::int64_t n);
  // Step 0 repeats an operand's only element. The result is bfloat16 when both operands are.
  void (*binary[static_cast<int>(Binary::count)][2][2])(const void* a, int a_step, const void* b, int b_step, void* y,
                                                        std::int64_t n);
  void (*affine[2])(const void* x, float scale, float shift, void* y, std::int64_t n);
  void (*add_into[2][2])(void* to, const void* x, std::int64_t n);  // [to][x]
  // gradient of tanh, sigmoid, relu by their result: dx = dy f'(y)
  void (*tanh_gradient[2])(const void* y, const void* dy, void* dx, std::int64_t n);
  void (*sigmoid_gradient[2])(const void* y, const void* dy, void* dx, std::int64_t n);
  void (*relu_gradient[2])(const void* y, const void* dy, void* dx, std::int64_t n);
  // that of gelu by its argument: dx = dy (Phi(x) + x phi(x))
  void (*gelu_gradient[2])(const void* x, const void* dy, void* dx, std::int64_t n);
  void (*gelu_tanh_gradient[2])(const void* x, const void* dy, void* dx, std::int64_t n);
  void (*silu_gradient[2])(const void* x, const void* dy, void* dx, std::int64_t n);
  float (*sum[2])(const void* x, std::int64_t n);
  double (*square_sum[2])(const void* x, std::int64_t n);
  // to[columns] (+)= sum over rows of x, `stride` elements apart
  void (*column_sum[2])(const void* x, std::int64_t rows, std::int64_t stride, std::int64_t columns, float* to,
                        bool add);

  void (*lstm[2][2])(const LstmRow& row);  // [gates, hidden][cell]
  void (*lstm_backward[2][2])(const LstmRowBackward& row);
  void (*gru[2][2])(const GruRow& row);                   // [x gates, hidden][h gates]
  void (*gru_backward[2][2])(const GruRowBackward& row);  // [all but h gradient][h gradients]

  // mask: bytes, 0 drops; null keeps all
  void (*softmax[2])(const void* x, const unsigned char* mask, void* y, std::int64_t n);
  void (*softmax_gradient[2])(const void* y, const void* dy, void* dx, std::int64_t n);
  // -> log(sum(exp x)); *total: sum of x when not null
  float (*log_sum_exp[2])(const void* x, std::int64_t n, float* total);
  // dx = gradient * (exp(x - lse) - even)
  void (*xent_gradient[2])(const void* x, float lse, float gradient, float even, void* dx, std::int64_t n);
  void (*log_softmax[2])(const void* x, float lse, float* y, std::int64_t n);
  void (*layer_norm[2])(const void* x, const float* scale, const float* shift, float epsilon, void* y,
                        float* statistics, std::int64_t n);
  // statistics: mean, 1/deviation; scale_gradient and shift_gradient are added to
  void (*layer_norm_gradient[2])(const void* x, const float* statistics, const float* scale, const void* dy, void* dx,
                                 float* scale_gradient, float* shift_gradient, std::int64_t n);

  // y = x / sqrt(mean(x^2) + epsilon) scale; *inverse: 1 / sqrt(...) when not null
  void (*rms_norm[2])(const void* x, const float* scale, float epsilon, void* y, float* inverse, std::int64_t n);
  // scale_gradient is added to
  void (*rms_norm_gradient[2])(const void* x, float inverse, const float* scale, const void* dy, void* dx,
                               float* scale_gradient, std::int64_t n);
  // Turns the pairs x[i], x[i + pairs] of one head by the cosines table[i] and sines table[pairs + i]; copies the rest.
  void (*rotary[2])(const void* x, const float* table, std::int64_t pairs, std::int64_t width, void* y);

  void (*additive[2])(const AdditiveRow& row);
  void (*additive_backward[2])(const AdditiveRowBackward& row);

  void (*pack_pairs[2][2])(const PackBlock& block);  // [source][k is dense]
  void (*pack_floats[2])(const PackBlock& block);    // [k is dense]
  void (*panel_product)(const PanelProduct& call);
  std::int64_t panel_rows;
  void (*float_gradient)(const FloatGradient& call);
  void (*dropout[2])(const DropoutCall& call);
  void (*gradient_pack)(const GradientPack& call);  // both null where the CPU does not multiply bf16
  void (*gradient_product)(const GradientProduct& call);

  void (*dot_rows[2])(const DotRows& call);  // by the weight's type
  // codes = round(127 x / largest |x|) -> the row's scale, NaN when an element is not finite
  float (*quantize_row[2])(const void* x, std::int8_t* codes, std::int64_t n);
  // y = sums * row * scale + bias (null: none); y may be where the sums are
  void (*scale_sums)(const std::int32_t* sums, float row, const float* scale, const float* bias, float* y,
                     std::int64_t n);
  void (*row_sums)(const std::int8_t* codes, std::int64_t rows, std::int64_t width, std::int32_t* sums);
  void (*dot_codes)(const CodeRows& call);
  // One panel: `rows` <= kCodeColumns rows of a weight. Both null without VNNI.
  void (*codes_pack)(const std::int8_t* codes, std::int64_t rows, std::int64_t width, std::int32_t* to);
  void (*codes_product)(const CodesProduct& call);
  bool vnni;  // multiplies 8-bit codes without rounding or saturation
  void (*topk[2])(const TopkRow& row);

  void (*attention[2])(const AttentionHead& head);
  void (*attention_backward[2])(const AttentionHeadBackward& call);
  void (*attention_cached[2])(const CachedQuery& call);
  std::int64_t lanes;  // floats of a vector

  void (*adam)(const AdamStep& step);
  void (*sgd)(const SgdStep& step);
};

// The table of the best instruction set of this CPU.
const VectorTable& vectors();

}  // namespace strata::onednn
