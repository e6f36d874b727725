// HeadAttention: what a mechanism over heads needs around it (projections, heads, beams, caches, masks), so that its
// author writes one function. Legend: B batch, R rows = B*n (n beams), Tq query time, Tk key time, H heads, D head
// width.
#pragma once

#include <array>
#include <cstdint>

#include "strata/nn/attention.hpp"
#include "strata/nn/layers.hpp"

namespace strata {

// Which keys heads() may read, in the forms that mechanisms use; each is made when it is asked for. The rows of a
// sentence's beams stand as further queries of it, so that Tq in heads() is n times the host's.
class STRATA_API HeadMask {
 public:
  // Of a host's R rows with Tq queries each, over keys k [B,K,Tk,D].
  HeadMask(const Mask& mask, std::int64_t rows, std::int64_t queries, const Tensor& k);

  // bool [B or 1, 1, 1 or Tq, Tk], for softmax(scores, allowed()); undefined: every key.
  Tensor allowed() const;
  // 1 or 0 in the dtype of k, [B,1,Tk,1] or [], to multiply keys or values by.
  Tensor valid() const;
  // allowed() in two parts, for sdpa(q, k, v, keys(), {.causal = causal()}): whether the order of time alone hides
  // keys, and what else does: bool [B or 1, 1, 1 or Tq, Tk] or undefined.
  bool causal() const;
  Tensor keys() const;

 private:
  Mask mask_;
  std::int64_t rows_, queries_;
  Tensor k_;
};

// Multi-head attention (Vaswani et al., 2017, section 3.2.2) around heads(): query, key, value and output projections,
// fewer key heads than query heads where asked for (Ainslie et al., 2023). The context is as wide as the query.
class STRATA_API HeadAttention : public Attention {
 public:
  struct Options {
    std::int64_t heads = 8;
    std::int64_t kv_heads = 0;
    void visit(auto& option) {
      option("heads", heads, "number of parts into which the query's width is split").range(1, 1024);
      option("kv_heads", kv_heads,
             "number of heads of keys and values, each read by heads / kv_heads queries (0: as many as heads)")
          .range(0, 1024);
    }
  };
  // E_CONFIG_ATTENTION when heads do not divide the query's width, or kv_heads do not divide heads.
  HeadAttention(const Options& options, const Facts& facts);

  // q [B,H,Tq,D], k and v [B,H,Tk,D] -> context [B,H,Tq,D]; weights [B,H,Tq,Tk] where the mechanism has them. In f32
  // (f64 in checks) unless traits().narrow.
  virtual Attended heads(const Tensor& q, const Tensor& k, const Tensor& v, const HeadMask& mask) = 0;

  // The same of one query a row, over keys that stay where they were written (ops/fused.hpp, sdpa_cached): q [R,H,D], k
  // and v [N,C,K,D], origin i64 [R,Tk], used i64 [] or undefined: Memory's -> context [R,H,D]. Of a mechanism with
  // traits().in_place, whose cache is then never moved while a sequence is written; the default is E_INTERNAL.
  virtual Tensor heads_in_place(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& origin,
                                const Tensor& used);

  // What the mechanism hides beside what the host's mask does. Default: nothing.
  virtual Mask narrowed(const Mask& mask) const { return mask; }

  std::int64_t context_width() const final { return heads_ * width_; }
  Memory prepare(const Tensor& keys, const Tensor& values, const Mask& mask) final;
  // E_MODEL_ATTENTION unless traits().incremental.
  void append(Memory& memory, const Tensor& keys, const Tensor& values, const Mask& mask) final;
  // E_MODEL_ATTENTION when the mask hides the future and traits().causal is false. Weights are the mean over the heads.
  Attended attend(const Tensor& query, const Memory& memory, const Mask& mask) final;
  // Query, key and value projections as one op (linears).
  Attended self(const Tensor& x, Memory* cache, const Mask& mask) final;

 private:
  using KeysAndValues = std::array<Tensor, 2>;
  KeysAndValues project(const Tensor& keys, const Tensor& values) const;
  // What the public ones do, of what is projected.
  Memory prepared(const KeysAndValues& parts) const;
  void extend(Memory& memory, const KeysAndValues& parts, const Mask& mask);
  Attended read(const Tensor& q, const Memory& memory, const Mask& mask);
  // [B,T,heads*D] -> [B,T,heads,D], in a type that heads() takes.
  Tensor by_heads(const Tensor& x, std::int64_t heads) const;
  Tensor split(const Tensor& x, std::int64_t heads) const;  // [B,T,heads*D] -> [B,heads,T,D]
  Tensor spread(const Tensor& x) const;                     // [B,K,T,D] -> [B,H,T,D]

  std::int64_t heads_, kv_heads_, width_;  // width_: of a head
  Linear query_, key_, value_, output_;
};

}  // namespace strata
