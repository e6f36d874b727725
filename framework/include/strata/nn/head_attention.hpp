// HeadAttention: base class of multi-head mechanisms. It does the projections, the split into heads, beams, caches and
// masks, so that the author of a mechanism writes one function, heads(). Legend: B batch, R rows = B*n (n beams), Tq
// query time, Tk key time, H heads, D head width.
#pragma once

#include <array>
#include <cstdint>

#include "strata/nn/attention.hpp"
#include "strata/nn/layers.hpp"

namespace strata {

// The keys that heads() may read, in several forms; each is computed when it is asked for. The beams of a sentence are
// joined into one row of queries, so that Tq in heads() is n times the number of queries of the host.
class STRATA_API HeadMask {
 public:
  // mask, rows and queries are those of the host: R rows with Tq queries each, over keys k [B,K,Tk,D], K heads of keys.
  HeadMask(const Mask& mask, std::int64_t rows, std::int64_t queries, const Tensor& k);

  // Returns true for keys that may be read, bool [B or 1, 1, 1 or Tq, Tk], as softmax(scores, allowed()) takes it;
  // undefined when every key may be read.
  Tensor allowed() const;
  // Returns 1 for valid keys and 0 for padding in the dtype of k, [B,1,Tk,1], or [] with 1 when all are valid. Multiply
  // keys or values by it.
  Tensor valid() const;
  // The same as allowed() in two parts, for sdpa(q, k, v, keys(), {.causal = causal()}). causal() is true when sdpa can
  // apply the causal rule itself; keys() holds the remaining rules, bool [B or 1, 1, 1 or Tq, Tk], or is undefined when
  // there are none.
  bool causal() const;
  Tensor keys() const;

 private:
  Mask mask_;
  std::int64_t rows_, queries_;
  Tensor k_;
};

// Multi-head attention (Vaswani et al., 2017, section 3.2.2), in which heads() computes the attention itself. There may
// be fewer heads of keys and values than of queries (Ainslie et al., 2023). The context is as wide as the query.
class STRATA_API HeadAttention : public Attention {
 public:
  struct Options {
    std::int64_t heads = 8;
    std::int64_t kv_heads = 0;
    void visit(auto& option) {
      option("heads", heads, "number of attention heads, which must divide the width of the query").range(1, 1024);
      option("kv_heads", kv_heads, "number of heads of keys and values, which must divide heads (0: as many as heads)")
          .range(0, 1024);
    }
  };
  // Throws E_CONFIG_ATTENTION when `heads` does not divide the width of the query, or kv_heads does not divide `heads`.
  HeadAttention(const Options& options, const Facts& facts);

  // Computes the attention: q [B,H,Tq,D], k and v [B,H,Tk,D] -> context [B,H,Tq,D], and weights [B,H,Tq,Tk] when the
  // mechanism has them. The inputs are f32 (f64 in checks); with the trait narrow, also bf16 and f16.
  virtual Attended heads(const Tensor& q, const Tensor& k, const Tensor& v, const HeadMask& mask) = 0;

  // Computes the attention of one query for each row over keys that are never moved (sdpa_cached in ops/fused.hpp): q
  // [R,H,D], k and v [N,C,K,D] -> context [R,H,D]. origin i64 [R,Tk] and used i64 [] (or undefined) are those of
  // Memory. A mechanism with the trait in_place implements it; its cache is then not copied while a sequence is
  // written. Default: throws E_INTERNAL.
  virtual Tensor heads_in_place(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& origin,
                                const Tensor& used);

  // Returns the mask of the host with the mechanism's own restrictions added, such as a window. Default: the mask as it
  // is.
  virtual Mask narrowed(const Mask& mask) const { return mask; }

  std::int64_t context_width() const final { return heads_ * width_; }
  Memory prepare(const Tensor& keys, const Tensor& values, const Mask& mask) final;
  // Throws E_MODEL_ATTENTION without the trait incremental.
  void append(Memory& memory, const Tensor& keys, const Tensor& values, const Mask& mask) final;
  // Throws E_MODEL_ATTENTION when the mask is causal or has a window and the mechanism lacks the trait causal. The
  // weights in the result are the mean over the heads.
  Attended attend(const Tensor& query, const Memory& memory, const Mask& mask) final;
  // Computes the query, key and value projections with one op (linears).
  Attended self(const Tensor& x, Memory* cache, const Mask& mask) final;

 private:
  using KeysAndValues = std::array<Tensor, 2>;
  KeysAndValues project(const Tensor& keys, const Tensor& values) const;
  // The same as prepare(), append() and attend(), but on projected tensors.
  Memory prepared(const KeysAndValues& parts) const;
  void extend(Memory& memory, const KeysAndValues& parts, const Mask& mask);
  Attended read(const Tensor& q, const Memory& memory, const Mask& mask);
  // [B,T,heads*D] -> [B,T,heads,D], converted to a dtype that heads() accepts.
  Tensor by_heads(const Tensor& x, std::int64_t heads) const;
  Tensor split(const Tensor& x, std::int64_t heads) const;  // [B,T,heads*D] -> [B,heads,T,D]
  Tensor spread(const Tensor& x) const;                     // [B,K,T,D] -> [B,H,T,D]

  std::int64_t heads_, kv_heads_, width_;  // width_: width of a head, D
  Linear query_, key_, value_, output_;
};

}  // namespace strata
