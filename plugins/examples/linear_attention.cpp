// Linear attention (Katharopoulos et al., 2020, "Transformers are RNNs", eq. 4-5): softmax(q k^T) v becomes
// f(q) (f(k)^T v) with f = elu + 1, so that time and memory grow with the length rather than with its square.
#include <strata/nn/head_attention.hpp>
#include <strata/ops/elementwise.hpp>
#include <strata/ops/matmul.hpp>
#include <strata/ops/reduce.hpp>
#include <strata/ops/shape.hpp>
#include <strata/plugin.hpp>

namespace {
using namespace strata;

class LinearAttention final : public HeadAttention {
 public:
  struct Options : HeadAttention::Options {  // heads, kv_heads
    double eps = 1e-6;
    void visit(auto& option) {
      HeadAttention::Options::visit(option);
      option("eps", eps, "number that is added to the denominator").range(0, 1e-2);
    }
  };
  LinearAttention(const Options& options, const Facts& facts) : HeadAttention(options, facts), eps_(options.eps) {}

  // q [B,H,Tq,D], k, v [B,H,Tk,D] -> [B,H,Tq,D]
  Attended heads(const Tensor& q, const Tensor& k, const Tensor& v, const HeadMask& mask) override {
    const Tensor fq = elu(q) + 1.0, fk = (elu(k) + 1.0) * mask.valid();
    const Tensor norm = matmul(fq, transpose(sum(fk, {2}, true))) + eps_;  // [B,H,Tq,1]
    return {matmul(fq, matmul(transpose(fk), v)) / norm};
  }

 private:
  double eps_;
};
}  // namespace

STRATA_PLUGIN("linear-attention", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Attention, LinearAttention>(
      "linear", "linear attention f(q) (f(k)^T v), whose cost grows linearly with time (Katharopoulos et al., 2020)",
      {.cross = true});
});
