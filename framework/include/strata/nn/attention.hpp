// Attention: a role at model width. The same option stands in the recurrent seq2seq, the Transformer, BERT and GPT.
// Legend: B batch, R rows = B*n (n beams), Tq query time, Tk key time.
#pragma once

#include <array>
#include <functional>
#include <string_view>
#include <vector>

#include "strata/core/error.hpp"
#include "strata/nn/layer.hpp"

namespace strata {

// Which keys a query may read.
struct Mask {
  Tensor keys;              // bool [B,Tk], true where valid; undefined: all
  bool causal = false;      // query i of the last Tq positions reads keys up to Tk - Tq + i
  Tensor first_query;       // i64 [R], position of each row's first query; undefined: Tk - Tq (causal only)
  std::int64_t window = 0;  // > 0: only keys within this distance before the query

  // Only the first lengths[b] of Tk keys are valid. lengths i64 [B], each in [0, Tk].
  static STRATA_API Mask of_lengths(const Tensor& lengths, std::int64_t keys_time);
  // The whole as bool: [B or 1, 1 or Tq, Tk], or [R, Tq, Tk] where first_query counts (each row at a place of its own);
  // undefined when every key may be read. `rows` is R, the rows of one sentence side by side.
  STRATA_API Tensor dense(std::int64_t rows, std::int64_t queries, std::int64_t keys_time) const;
  // The same where the R = B n rows of B sentences stand as n Tq queries of each: bool [B or 1, 1 or n Tq, Tk].
  // E_MODEL_ATTENTION for a mask by position over several queries of several beams without first_query.
  STRATA_API Tensor grouped(std::int64_t sentences, std::int64_t rows, std::int64_t queries,
                            std::int64_t keys_time) const;
};

// What does not depend on the query. Batch first, so that a host can reorder or drop rows.
struct Memory {
  std::vector<Tensor> state;  // each with B rows in front
  // i64 [R,Tk], where a mechanism keeps its keys in place (HeadAttention): key j of row r is in row origin[r,j] of the
  // state's parts, which a host then leaves alone.
  Tensor origin = {};
  // i64 [], after reserve(): how many of the Tk keys there are by now.
  Tensor used = {};

  // Row i becomes row rows[i] of what it was.
  STRATA_API void select(const Tensor& rows);
  // Of keys in place, `read` of them so far: room for `more`, so that the shapes of all parts stay while these come,
  // and where the next one goes is read on the device. False where keys are not kept in place.
  STRATA_API bool reserve(std::int64_t read, std::int64_t more);
  // Calls `each` for what a further key, or select(), writes or puts another tensor in the place of.
  STRATA_API void visit(const std::function<void(Tensor&)>& each);

  // The N parts that a mechanism put in; E_INTERNAL when there are not as many.
  template <std::size_t N>
  std::array<Tensor, N> as() const {
    if (state.size() != N) throw Error("E_INTERNAL", "[attention]", "a memory of another mechanism");
    std::array<Tensor, N> parts;
    for (std::size_t i = 0; i < N; ++i) parts[i] = state[i];
    return parts;
  }
};

// What attend() gives.
struct Attended {
  Tensor context;       // [R,Tq,context_width]
  Tensor weights = {};  // f32 [R,Tq,Tk]; undefined unless the mechanism has them and the context captures them
};

class STRATA_API Attention : public Layer {
 public:
  static constexpr std::string_view kRole = "attention";
  struct Facts {
    std::int64_t query = 0, memory = 0;  // widths, from the host
  };
  struct Traits {
    bool cross = false;        // keys may come from another sequence
    bool causal = false;       // can hide the future
    bool incremental = false;  // append() grows the memory
    bool weights = false;      // can say what it looked at
    bool narrow = false;       // HeadAttention: heads() takes bf16 and f16; else it is given f32
    bool in_place = false;     // HeadAttention: has heads_in_place()
  };

  // What the component declared when it registered. The registry sets them as soon as the object is made, so that a
  // constructor does not see them yet; whoever makes one without the registry sets them.
  const Traits& traits() const { return traits_; }
  void set_traits(const Traits& traits) { traits_ = traits; }
  // Last extent of Attended::context.
  virtual std::int64_t context_width() const = 0;
  // keys, values [B,Tk,memory] -> what no query changes.
  virtual Memory prepare(const Tensor& keys, const Tensor& values, const Mask& mask) = 0;
  // The memory grows by keys, values [B,T,memory] (a KV cache). Default: E_MODEL_ATTENTION, not incremental.
  virtual void append(Memory& memory, const Tensor& keys, const Tensor& values, const Mask& mask);
  // query [R,Tq,query]; row r reads memory row r / (R/B). A row without a valid key gives zeros.
  virtual Attended attend(const Tensor& query, const Memory& memory, const Mask& mask) = 0;
  // x [B,T,query] over itself, with what `cache` holds before it (which then grows). Default: by the three above.
  virtual Attended self(const Tensor& x, Memory* cache, const Mask& mask);

 private:
  Traits traits_;
};

// softmax(scores over valid keys) values: scores f32 [R,Tq,Tk], values [B,Tk,M] -> context [R,Tq,M] and, when captured,
// weights. What the scoring mechanisms share.
STRATA_API Attended attend_by_scores(const Tensor& scores, const Tensor& values, const Mask& mask);

// Throws E_MODEL_ATTENTION naming the host, the mechanism and the missing trait.
STRATA_API void require_cross_attention(const Attention& attention, std::string_view name, std::string_view host);

}  // namespace strata
