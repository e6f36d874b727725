// A mean over the sequence, added to each position, with one planted mistake (option "fault"), or none.
#include <strata/nn/layers.hpp>
#include <strata/nn/sequence_layer.hpp>
#include <strata/ops/elementwise.hpp>
#include <strata/ops/index.hpp>
#include <strata/ops/reduce.hpp>
#include <strata/ops/shape.hpp>
#include <strata/plugin.hpp>

#include <string>

namespace {
using namespace strata;

class FaultyLayer final : public SequenceLayer {
 public:
  struct Options {
    std::string fault = "none";
    void visit(auto& option) { option("fault", fault, "the mistake"); }
  };
  FaultyLayer(const Options& options, const Facts& facts) : fault_(options.fault), map_(facts.width, facts.width) {
    child("map", map_);
  }

  Tensor operator()(const Tensor& x, const Tensor& lengths) const override {
    const std::int64_t batch = x.size(0), time = x.size(1);
    Tensor kept = x;
    Tensor count = Tensor::full({batch, 1, 1}, static_cast<double>(time), x.dtype());
    if (lengths.defined() && fault_ != "padding") {
      const Tensor length = reshape(lengths, {batch, 1});
      kept = x * reshape(cast(less(reshape(iota(time), {1, time}), length), x.dtype()), {batch, time, 1});
      count = reshape(cast(length, x.dtype()), {batch, 1, 1});
    }
    const Tensor total =
        fault_ == "batch" ? expand(sum(kept, {0, 1}, true), {batch, 1, x.size(2)}) : sum(kept, {1}, true);
    const Tensor mean = cast(total / count, x.dtype());
    const Tensor y = x + map_(fault_ == "state" && before_.defined() ? mean + before_ : mean);
    before_ = cast(sum(mean), x.dtype()).detach();
    return fault_ == "shape" ? slice(y, 1, 0, 1) : y;
  }

 private:
  std::string fault_;
  Linear map_;
  mutable Tensor before_;
};
}  // namespace

STRATA_PLUGIN("faulty-layer", "1.0", [](strata::Registry& r) {
  r.add<strata::SequenceLayer, FaultyLayer>("faulty", "a mean over the sequence with a mistake");
});
