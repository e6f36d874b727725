// Local attention (Beltagy et al., 2020, "Longformer", section 3.1, in its causal form): a position reads itself and
// the `window` - 1 positions before it. What is hidden is a matter of the mask, so that the host's own attention
// serves.
#include <strata/nn/head_attention.hpp>
#include <strata/ops/fused.hpp>
#include <strata/plugin.hpp>

#include <algorithm>

namespace {
using namespace strata;

class LocalWindowAttention final : public HeadAttention {
 public:
  struct Options : HeadAttention::Options {  // heads, kv_heads
    std::int64_t window = 64;
    void visit(auto& option) {
      HeadAttention::Options::visit(option);
      option("window", window, "number of positions that a position reads: itself and those before it")
          .range(1, 1 << 20);
    }
  };
  LocalWindowAttention(const Options& options, const Facts& facts)
      : HeadAttention(options, facts), window_(options.window) {}

  Mask narrowed(const Mask& mask) const override {
    Mask local = mask;
    local.window = mask.window > 0 ? std::min(mask.window, window_) : window_;
    return local;
  }

  // q [B,H,Tq,D], k, v [B,H,Tk,D] -> [B,H,Tq,D]
  Attended heads(const Tensor& q, const Tensor& k, const Tensor& v, const HeadMask& mask) override {
    return {sdpa(q, k, v, mask.allowed())};
  }

 private:
  std::int64_t window_;
};
}  // namespace

STRATA_PLUGIN("local-window-attention", "0.1.0", [](strata::Registry& r) {
  // Distances between two sequences mean nothing, hence no `cross`.
  r.add<strata::Attention, LocalWindowAttention>("local_window",
                                                 "attention to the last few positions only (Beltagy et al., 2020)",
                                                 {.causal = true, .incremental = true, .narrow = true});
});
