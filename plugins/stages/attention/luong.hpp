// The global attention of Luong, Pham and Manning ("Effective Approaches to Attention-based Neural Machine
// Translation", 2015, eq. 8): score(q, k) = q^T k (dot), q^T W k (general), v^T tanh(W [q; k]) (concat).
#pragma once

#include "additive.hpp"
#include "strata/plugin/role.hpp"

namespace strata {

// q^T k; query and memory are of one width.
class DotAttention final : public Attention {
 public:
  DotAttention(const NoOptions& options, const Facts& facts);

  std::int64_t context_width() const override { return width_; }
  Memory prepare(const Tensor& keys, const Tensor& values, const Mask& mask) override;
  Attended attend(const Tensor& query, const Memory& memory, const Mask& mask) override;

 private:
  std::int64_t width_;
};

// q^T W k, W k made once for all queries.
class GeneralAttention final : public Attention {
 public:
  GeneralAttention(const NoOptions& options, const Facts& facts);

  std::int64_t context_width() const override { return memory_; }
  Memory prepare(const Tensor& keys, const Tensor& values, const Mask& mask) override;
  Attended attend(const Tensor& query, const Memory& memory, const Mask& mask) override;

 private:
  std::int64_t memory_;
  Linear key_;
};

// v^T tanh(W [q; k]): with the two halves of W apart this is additive attention without a bias.
class ConcatAttention final : public AdditiveAttention {
 public:
  ConcatAttention(const Options& options, const Facts& facts) : AdditiveAttention(options, facts, false) {}
};

}  // namespace strata
