// HeadAttention: base class of multi-head mechanisms. It does the projections, the split into heads, beams, caches and
// masks, positions, so that the author of a mechanism writes one function, heads(). Legend: B batch, R rows = B*n (n
// beams), Tq query time, Tk key time, H heads, D head width.
#pragma once

#include <array>
#include <cstdint>

#include "strata/nn/attention.hpp"
#include "strata/nn/layers.hpp"
#include "strata/nn/roles.hpp"
#include "strata/plugin/slot.hpp"

namespace strata {

// The keys that heads() may read, in several forms; each is computed when it is asked for. The beams of a sentence are
// joined into one row of queries, so that Tq in heads() is n times the number of queries of the host.
class STRATA_API HeadMask {
 public:
  // mask, rows and queries are those of the host: R rows with Tq queries each, over keys k [B,K,Tk,D], K heads of keys.
  // bias: what bias() returns.
  HeadMask(const Mask& mask, std::int64_t rows, std::int64_t queries, const Tensor& k, const Tensor& bias = {});

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
  // Returns values [B or 1,H,Tq,Tk] that a mechanism with the trait bias adds to its scaled scores; undefined when
  // there are none. A mechanism without the trait never gets any.
  const Tensor& bias() const { return bias_; }

 private:
  Mask mask_;
  std::int64_t rows_, queries_;
  Tensor k_, bias_;
};

// The projections of multi-head attention that add a bias.
enum class HeadBias { none, qkv, all };

// Multi-head attention (Vaswani et al., 2017, section 3.2.2), in which heads() computes the attention itself. There may
// be fewer heads of keys and values than of queries (Ainslie et al., 2023). The context is as wide as the query.
class STRATA_API HeadAttention : public Attention {
 public:
  struct Options {
    std::int64_t heads = 8;
    std::int64_t kv_heads = 0;
    std::int64_t head_width = 0;
    HeadBias bias = HeadBias::all;
    Slot<Norm> qk_norm;
    void visit(auto& option) {
      option("heads", heads,
             "number of attention heads, which must divide the width of the query unless head_width is given")
          .range(1, 1024);
      option("kv_heads", kv_heads, "number of heads of keys and values, which must divide heads (0: as many as heads)")
          .range(0, 1024);
      option("head_width", head_width, "width of a head (0: width of the query / heads)").range(0, 65536);
      option("bias", bias, "projections that add a bias: all, those of queries, keys and values, or none",
             {{"all", HeadBias::all}, {"qkv", HeadBias::qkv}, {"none", HeadBias::none}});
      option("qk_norm", qk_norm,
             "norm of each head of queries and keys, before positions are applied (left out: none)");
    }
  };
  // Throws E_CONFIG_ATTENTION when head_width is 0 and `heads` does not divide the width of the query, or kv_heads does
  // not divide `heads`.
  HeadAttention(const Options& options, const Facts& facts);

  // Computes the attention: q [B,H,Tq,D], k and v [B,H,Tk,D] -> context [B,H,Tq,D], and weights [B,H,Tq,Tk] when the
  // mechanism has them. The inputs are f32 (f64 in checks); with the trait narrow, also bf16 and f16.
  virtual Attended heads(const Tensor& q, const Tensor& k, const Tensor& v, const HeadMask& mask) = 0;

  // Computes the attention of one query for each row over keys that are never moved (sdpa_cached in ops/fused.hpp): q
  // [R,H,D], k and v [N,C,K,D] -> context [R,H,D]. origin i64 [R,Tk] and used i64 [] (or undefined) are those of
  // Memory; first i64 [R] (or undefined) is the first key that each row reads. A mechanism with the trait in_place
  // implements it; its cache is then not copied while a sequence is written. Default: throws E_INTERNAL.
  virtual Tensor heads_in_place(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& origin,
                                const Tensor& used, const Tensor& first);

  // Returns the mask of the host with the mechanism's own restrictions added, such as a window. Default: the mask as it
  // is.
  virtual Mask narrowed(const Mask& mask) const { return mask; }

  std::int64_t context_width() const final { return output_.weight().shape()[0]; }
  // Rotates queries and keys for every mechanism; positions that bias scores need the trait bias.
  std::string lacks(const Positional& positions) const final;
  Memory prepare(const Tensor& keys, const Tensor& values, const Mask& mask) final;
  // Throws E_MODEL_ATTENTION without the trait incremental.
  void append(Memory& memory, const Tensor& keys, const Tensor& values, const Mask& mask) final;
  // Throws E_MODEL_ATTENTION when the mask is causal or has a window and the mechanism lacks the trait causal. The
  // weights in the result are the mean over the heads.
  Attended attend(const Tensor& query, const Memory& memory, const Mask& mask) final;
  // Computes the query, key and value projections with one op (linears), and applies the positions of Facts, those of
  // mask.positions. Throws E_MODEL_ATTENTION when there are such positions and mask.positions is undefined.
  Attended self(const Tensor& x, Memory* cache, const Mask& mask) final;

 private:
  // Projections as heads: q [B,T,H,D], k and v [B,T,K,D] in a dtype that heads() accepts, and for positions that bias
  // scores those of the keys, i64 [B,T,1,1].
  Tensor queries(const Tensor& projected, const Mask& mask, bool own) const;
  Tensors keys_and_values(const Tensor& keys, const Tensor& values, const Mask& mask, bool own) const;
  Tensors project(const Tensor& keys, const Tensor& values, const Mask& mask) const;
  // The same as prepare(), append() and attend(), but on projections.
  static Memory prepared(const Tensors& parts);
  void extend(Memory& memory, const Tensors& parts, const Mask& mask);
  Attended read(const Tensor& q, const Memory& memory, const Mask& mask);
  // The same over a cache that is never moved. mask: `given` with the mechanism's own restrictions.
  Attended read_in_place(const Tensor& q, const Memory& memory, const Mask& given, const Mask& mask);
  Tensor bias_of(const Tensors& memory, const Mask& mask, std::int64_t rows) const;
  Tensor by_heads(const Tensor& x, std::int64_t heads) const;  // [B,T,heads*D] -> [B,T,heads,D]
  Tensor rotated(const Tensor& x, const Mask& mask) const;     // x [B,T,heads,D]
  Tensor spread(const Tensor& x) const;                        // [B,K,T,D] -> [B,H,T,D]

  std::int64_t heads_, kv_heads_, width_;  // width_: width of a head, D
  Linear query_, key_, value_, output_;
  std::shared_ptr<Norm> query_norm_, key_norm_;  // null: none
  std::shared_ptr<const Positional> positions_;  // null: none
};

}  // namespace strata
