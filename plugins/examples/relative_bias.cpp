// Relative positions as learned biases of attention scores (Raffel et al., 2020, "Exploring the limits of transfer
// learning", section 2.1), in one file: near distances have a bias of their own, far ones share theirs in buckets that
// grow with the logarithm of the distance. Legend: B batch, Tq query time, Tk key time, H heads.
#include <strata/nn/layers.hpp>
#include <strata/nn/roles.hpp>
#include <strata/ops/elementwise.hpp>
#include <strata/ops/shape.hpp>
#include <strata/plugin.hpp>

#include <cmath>

namespace {
using namespace strata;

class RelativeBias final : public Positional {
 public:
  struct Options {
    std::int64_t buckets = 32, max_distance = 128;
    void visit(auto& option) {
      option("buckets", buckets, "number of biases of each head, half of them for the nearest distances")
          .range(4, 1024);
      option("max_distance", max_distance, "distance from which on all keys share one bias").range(8, 1 << 20);
    }
  };

  RelativeBias(const Options& options, const Facts& facts)
      : near_(options.buckets / 2),
        buckets_(options.buckets),
        step_(static_cast<double>(options.buckets - near_) /
              std::log(static_cast<double>(options.max_distance) / static_cast<double>(near_))),
        table_(options.buckets, heads_of(facts), 0.02) {
    if (options.max_distance <= near_) {
      throw Error("E_CONFIG_POSITIONS", "positional/relative_bias",
                  "max_distance " + std::to_string(options.max_distance) + " is not above half of the " +
                      std::to_string(options.buckets) + " buckets");
    }
    child("table", table_);
  }

  // queries [B,Tq], keys [B,Tk] -> [B,H,Tq,Tk]. Keys after a query have the bias of distance 0.
  Tensor bias(const Tensor& queries, const Tensor& keys) const override {
    const Tensor apart = cast(unsqueeze(queries, 2) - unsqueeze(keys, 1), DType::f32);  // [B,Tq,Tk]
    const Tensor distance = maximum(apart, Tensor::zeros({}, DType::f32));
    const auto near = static_cast<double>(near_), last = static_cast<double>(buckets_ - 1);
    const Tensor limit = Tensor::full({}, near, DType::f32);
    const Tensor far = log(maximum(distance, limit) / near) * step_ + near;
    const Tensor bucket = minimum(where(less(distance, limit), distance, far), Tensor::full({}, last, DType::f32));
    return permute(table_(cast(bucket, DType::i64)), {0, 3, 1, 2});
  }

 private:
  static std::int64_t heads_of(const Facts& facts) {
    if (facts.heads > 0) return facts.heads;
    throw Error("E_CONFIG_POSITIONS", "positional/relative_bias", "the model does not say how many heads it has",
                "use positions that are added");
  }

  std::int64_t near_, buckets_;
  double step_;
  Embedding table_;  // [buckets,H]
};
}  // namespace

STRATA_PLUGIN("relative-bias", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Positional, RelativeBias>(
      "relative_bias", "relative positions as learned biases of attention scores (Raffel et al., 2020)",
      {.biases = true});
});
