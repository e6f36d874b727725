// Attention: the role of attention mechanisms, which read and return vectors of the model's width. Every kind of model
// (recurrent, Transformer) takes any of them as an option. Legend: B batch, R rows = B*n (n beams), Tq query time, Tk
// key time.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/error.hpp"
#include "strata/nn/layer.hpp"

namespace strata {

class Positional;

// The rules for which keys a query may read; a key is allowed when every rule allows it.
struct Mask {
  Tensor keys;          // bool [B,Tk], true for valid keys; undefined: all are valid
  bool causal = false;  // true: the queries are the last Tq of Tk positions, and query i reads keys 0 to Tk - Tq + i
  // i64 [R], position of the first query of each row, for `causal` and `window`; undefined: Tk - Tq.
  Tensor first_query;
  std::int64_t window = 0;  // > 0: a query at position p reads no key before p - window + 1; 0: no such rule
  // i64 [R], the first key that each row reads, where rows are padded on the left; undefined: 0.
  Tensor first_key = {};
  // i64 [B,T], the number of the document to which each position of a sequence that reads itself belongs; a query reads
  // keys of its own document only. Undefined: all positions are of one document.
  Tensor segments = {};
  // i64 [R or 1,Tq], the position of each query in its document, for positions that act within attention (Positional).
  // Positions do not hide keys. Undefined: there are no such positions.
  Tensor positions = {};

  // Returns a mask in which the first lengths[b] of Tk keys are valid. lengths i64 [B], each in [0, Tk].
  static STRATA_API Mask of_lengths(const Tensor& lengths, std::int64_t keys_time);
  // Returns all rules as one bool tensor, true for keys that may be read: [B or 1, 1 or Tq, Tk], or [R, 1 or Tq, Tk]
  // when first_query or first_key is used. It is undefined when every key may be read. `rows` is R; the rows of a
  // sentence are next to each other.
  STRATA_API Tensor dense(std::int64_t rows, std::int64_t queries, std::int64_t keys_time) const;
  // Returns the same when the n = R / B rows of a sentence are treated as n Tq queries of one row: bool [B or 1, 1 or n
  // Tq, Tk]. Throws E_MODEL_ATTENTION when the rules depend on positions, first_query is undefined, and both n and Tq
  // are above 1.
  STRATA_API Tensor grouped(std::int64_t sentences, std::int64_t rows, std::int64_t queries,
                            std::int64_t keys_time) const;
};

// The result of prepare(): what an attention mechanism needs of keys and values. The first axis of every tensor is the
// batch, so that a host can reorder or drop rows.
struct Memory {
  std::vector<Tensor> state;  // parts of the mechanism; the first axis of each has B rows
  // i64 [R,Tk], defined when a mechanism never moves its keys (HeadAttention with the trait in_place): key j of row r
  // is in row origin[r,j] of the parts. A host then reorders this tensor instead of the parts.
  Tensor origin = {};
  // i64 [], defined after reserve(): the number of the Tk keys that have been written so far.
  Tensor used = {};

  // Selects rows: row i becomes row rows[i] of the old memory.
  STRATA_API void select(const Tensor& rows);
  // Prepares for steps that are recorded and replayed: makes room for `more` keys after the `read` ones so far, so that
  // the shapes of all parts stay the same while these are written; the position of the next key is in `used`, on the
  // device. Returns false, and does nothing, when `origin` is undefined or `read` is 0.
  STRATA_API bool reserve(std::int64_t read, std::int64_t more);
  // Calls `each` for every tensor that a further key or select() changes or replaces.
  STRATA_API void visit(const std::function<void(Tensor&)>& each);

  // Returns the N parts. Throws E_INTERNAL when `state` has another number of them.
  template <std::size_t N>
  std::array<Tensor, N> as() const {
    if (state.size() != N) throw Error("E_INTERNAL", "[attention]", "a memory of another mechanism");
    std::array<Tensor, N> parts;
    for (std::size_t i = 0; i < N; ++i) parts[i] = state[i];
    return parts;
  }
};

// The result of attend().
struct Attended {
  Tensor context;       // [R,Tq,context_width]
  Tensor weights = {};  // f32 [R,Tq,Tk]; defined when the mechanism has weights and Context::capture_weights is set
};

class STRATA_API Attention : public Layer {
 public:
  static constexpr std::string_view kRole = "attention";
  struct Facts {
    std::int64_t query = 0, memory = 0;  // widths, from the host
    // Positions that act within attention, for a mechanism that reads its own sequence; null: there are none. The host
    // passes them only to a mechanism that does not refuse them.
    std::shared_ptr<const Positional> positions = nullptr;
  };
  struct Traits {
    bool cross = false;        // keys may come from another sequence
    bool causal = false;       // accepts masks with `causal` or `window`, which hide later or distant keys
    bool incremental = false;  // append() is implemented
    bool weights = false;      // can return attention weights
    bool narrow = false;       // for HeadAttention: heads() accepts bf16 and f16; else its inputs are converted to f32
    bool in_place = false;     // for HeadAttention: heads_in_place() is implemented
    bool bias = false;         // for HeadAttention: heads() adds HeadMask::bias() to its scores
  };

  // The traits that the component declared when it was registered. The registry sets them as soon as the object is
  // made, so a constructor does not have them yet; code that makes an object without the registry sets them itself.
  const Traits& traits() const { return traits_; }
  void set_traits(const Traits& traits) { traits_ = traits; }
  // The width of Attended::context, its last extent.
  virtual std::int64_t context_width() const = 0;
  // Returns what the mechanism lacks to apply positions with these traits: "" when it applies them, else a phrase such
  // as "does not rotate queries and keys". Default: it applies none that rotate or bias.
  virtual std::string lacks(const Positional& positions) const;
  // Computes the memory, which does not depend on queries, from keys and values [B,Tk,memory].
  virtual Memory prepare(const Tensor& keys, const Tensor& values, const Mask& mask) = 0;
  // Extends the memory by keys and values [B,T,memory], as a KV cache does. Default: throws E_MODEL_ATTENTION, because
  // the mechanism lacks the trait incremental.
  virtual void append(Memory& memory, const Tensor& keys, const Tensor& values, const Mask& mask);
  // query [R,Tq,query] -> context [R,Tq,context_width()]. Row r reads row r / (R/B) of the memory. A row without a
  // valid key gives zeros.
  virtual Attended attend(const Tensor& query, const Memory& memory, const Mask& mask) = 0;
  // Attention of x [B,T,query] to itself and, when `cache` is not null, to the earlier positions in it; x is then added
  // to the cache. The default calls prepare() or append(), and then attend().
  virtual Attended self(const Tensor& x, Memory* cache, const Mask& mask);

 private:
  Traits traits_;
};

// Returns softmax(scores) values, where the softmax is over valid keys: scores f32 [R,Tq,Tk], values [B,Tk,M] ->
// context [R,Tq,M], and the weights when Context::capture_weights is set. Mechanisms that compute scores share this
// function.
STRATA_API Attended attend_by_scores(const Tensor& scores, const Tensor& values, const Mask& mask);

// Throws E_MODEL_ATTENTION, which names the host, the mechanism and the missing trait, unless the mechanism has the
// trait cross.
STRATA_API void require_cross_attention(const Attention& attention, std::string_view name, std::string_view host);

}  // namespace strata
