// What the kernels of sdpa share: where the rows lie, which keys a query sees, what dropout makes of a weight.
// q [R,Tq,H,D], k [B,Tk,K,D], v [B,Tk,K,E] -> [R,Tq,H,E]. All queries of the same keys stand in one list, as keys are
// read once for them: of sentence b and key head kh (a pair), those of beams r of b, heads h of kh and times, in this
// order.
#pragma once

#include "kernels/tensor_core.hpp"
#include "strata/ops/random_bits.hpp"

namespace strata::cuda {

constexpr int kAttentionWidth = 128;  // of heads, at most

// A tensor [rows, time, heads, width].
struct HeadRows {
  void* data = nullptr;
  std::int64_t row = 0, time = 0, head = 0, element = 0;  // strides
  std::int32_t width = 0;
  bool chunks = false;  // 16 bytes at a time are aligned

  HeadRows() = default;
  explicit HeadRows(const View& view)
      : data(view.data),
        row(stride_of(view, 0)),
        time(stride_of(view, 1)),
        head(stride_of(view, 2)),
        element(stride_of(view, 3)),
        width(static_cast<std::int32_t>(view.size(3))) {
    const auto size = static_cast<std::int64_t>(size_of(view.dtype));
    chunks = (width == 1 || element == 1) && (row | time | head) * size % 16 == 0 &&
             reinterpret_cast<std::uintptr_t>(data) % 16 == 0;
  }

 private:
  static std::int64_t stride_of(const View& view, int axis) { return view.shape[axis] == 1 ? 0 : view.strides[axis]; }
};

struct AttentionMask {
  const std::uint8_t* data = nullptr;  // null: none
  std::int64_t row = 0, head = 0, query = 0, key = 0;
};

// Of weights [R,H,Tq,Tk], as the dropout op draws for them.
struct AttentionDropout {
  std::uint64_t key = 0;
  std::int64_t call = 0;
  const std::int64_t* step = nullptr;  // on the device: it changes from step to step
  std::uint32_t threshold = 0;         // 0: none
  float kept = 1;

  STRATA_BOTH PhiloxBlock block(std::int64_t element) const { return random_block(key, call, *step, element / 4); }
  STRATA_BOTH float of(const PhiloxBlock& block, std::int64_t element) const {
    const int i = static_cast<int>(element % 4);
    const std::uint32_t word =
        i < 2 ? (i == 0 ? block.word[0] : block.word[1]) : (i == 2 ? block.word[2] : block.word[3]);
    return word >= threshold ? kept : 0.0F;
  }
  // Of eight weights that follow each other.
  STRATA_BOTH void eight(std::int64_t element, float (&of_each)[8]) const {
    const unsigned past = static_cast<unsigned>(element) % 4U;
    std::uint32_t words[12] = {};
    STRATA_UNROLL
    for (int i = 0; i < 3; ++i) {
      if (i == 2 && past == 0) continue;
      const PhiloxBlock one = block(element + std::int64_t{4} * i);
      STRATA_UNROLL
      for (int k = 0; k < 4; ++k) words[4 * i + k] = one.word[k];
    }
    STRATA_UNROLL
    for (int i = 0; i < 10; ++i) words[i] = (past & 1U) != 0 ? words[i + 1] : words[i];
    STRATA_UNROLL
    for (int i = 0; i < 8; ++i) {
      of_each[i] = ((past & 2U) != 0 ? words[i + 2] : words[i]) >= threshold ? kept : 0.0F;
    }
  }
};

// Which query it is.
struct AttentionQuery {
  std::int64_t row;
  std::int32_t head, time;
};

// Which columns of a warp's sums are needed: bit i for the 16 from 16 i on.
STRATA_BOTH inline unsigned first_columns(int count) {
  return count <= 0 ? 0U : (1U << (static_cast<unsigned>(count + 15) / 16U)) - 1U;
}
STRATA_BOTH inline bool needed(unsigned columns, int tile) {
  return (columns >> (static_cast<unsigned>(tile) / 2U) & 1U) != 0;
}

struct Attention {
  HeadRows q, k, v;
  AttentionMask mask;
  AttentionDropout drop;
  std::int32_t queries, keys, heads, group, beams, key_heads;
  std::int32_t pairs, listed;  // sentences times key heads; queries of a pair
  float scale;
  bool causal;

  STRATA_BOTH AttentionQuery query(int pair, int at) const {
    const int b = pair / key_heads, kh = pair % key_heads;
    if (beams == 1 && group == 1) return {b, kh, at};
    const int of_row = group * queries, in_row = at % of_row;
    return {std::int64_t{b} * beams + at / of_row, kh * group + in_row / queries, in_row % queries};
  }
  // In lists of numbers [R,H,Tq].
  STRATA_BOTH std::int64_t place(const AttentionQuery& one) const {
    return (one.row * heads + one.head) * queries + one.time;
  }
  // How many keys a query sees by the order of time.
  STRATA_BOTH int seen(int time) const {
    const int count = causal ? keys - queries + time + 1 : keys;
    return count < 0 ? 0 : count;
  }
  // The most that any of the `count` queries listed from `first` on sees; times rise within a head.
  STRATA_BOTH int seen_by(int first, int count) const {
    const bool one_head = first / queries == (first + count - 1) / queries;
    return seen(one_head ? (first + count - 1) % queries : queries - 1);
  }
  // Columns for the keys [first_key, first_key + count) that any of the 16 queries listed from `at` on sees.
  STRATA_BOTH unsigned key_columns(int at, int first_key, int count) const {
    if (at >= listed) return 0;
    const int sees = seen_by(at, listed - at < 16 ? listed - at : 16) - first_key;
    return first_columns(sees < count ? sees : count);
  }
  // Columns for the `count` queries listed from `first` on of which any sees the key.
  STRATA_BOTH unsigned query_columns(int first, int count, int key) const {
    unsigned columns = 0;
    for (int i = 0; i < count && key < keys; i += 16) {
      if (seen_by(first + i, count - i < 16 ? count - i : 16) > key) columns |= 1U << (static_cast<unsigned>(i) / 16U);
    }
    return columns;
  }
  STRATA_BOTH static std::int64_t offset(const HeadRows& tensor, const AttentionQuery& one) {
    return one.row * tensor.row + one.head * tensor.head + one.time * tensor.time;
  }
  STRATA_BOTH std::int64_t key_offset(const HeadRows& tensor, int pair, int key) const {
    return pair / key_heads * tensor.row + pair % key_heads * tensor.head + key * tensor.time;
  }
};

// What has to be known of each of kCount queries beside its elements.
template <int kCount>
struct QueryFacts {
  std::int64_t mask[kCount];     // where its keys' begin
  std::int64_t element[kCount];  // of its first weight, for dropout
  float lse[kCount], delta[kCount];
  std::int32_t seen[kCount];  // 0 beyond the list

  // Of slot i: query `at` of the list. lse_of, delta_of [R,H,Tq]: what backward reads, or null.
  STRATA_BOTH void set(int i, const Attention& of, int pair, int at, const float* lse_of, const float* delta_of) {
    if (at >= of.listed) {
      mask[i] = element[i] = 0, lse[i] = delta[i] = 0, seen[i] = 0;
      return;
    }
    const AttentionQuery one = of.query(pair, at);
    const std::int64_t place = of.place(one);
    mask[i] = one.row * of.mask.row + one.head * of.mask.head + one.time * of.mask.query;
    element[i] = place * of.keys;
    seen[i] = of.seen(one.time);
    lse[i] = lse_of != nullptr ? lse_of[place] : 0.0F;
    delta[i] = delta_of != nullptr ? delta_of[place] : 0.0F;
  }
  STRATA_BOTH bool sees(int i, const Attention& of, int key) const {
    return key < seen[i] && (of.mask.data == nullptr || of.mask.data[mask[i] + key * of.mask.key] != 0);
  }
};

// The higher of two scores; a NaN stays.
struct Highest {
  STRATA_BOTH float operator()(float a, float b) const { return a > b || is_nan(a) ? a : b; }
};

// e^x for x <= 0, as exact as T needs.
template <class T>
STRATA_BOTH float exp_for(float x) {
#if defined(__CUDA_ARCH__)
  if constexpr (sizeof(T) == 2) return __expf(x);
#endif
  return std::exp(x);
}

// attention_forward.cu, in tiles: y [R,Tq,H,E], lse [R,H,Tq] or null.
void attention_forward(const Attention& of, DType dtype, const HeadRows& y, float* lse, void* stream);

// attention_backward.cu. delta [R,H,Tq]: room. A gradient without data is not wanted.
struct AttentionGradients {
  HeadRows y, dy, dq, dk, dv;
  const float* lse;
  float* delta;
};
void attention_backward(const Attention& of, DType dtype, const AttentionGradients& gradients, void* stream);

// attention_short.cu, attention_short_backward.cu: the same where all of a pair fits in a block; y and delta of the
// gradients are not read.
bool is_short_attention(const Attention& of, DType dtype);
void attention_short(const Attention& of, DType dtype, const HeadRows& y, float* lse, void* stream);
void attention_short_backward(const Attention& of, DType dtype, const AttentionGradients& gradients, void* stream);

}  // namespace strata::cuda
