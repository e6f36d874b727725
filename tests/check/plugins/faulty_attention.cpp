// Softmax attention with one planted mistake (option "fault"), or none.
#include <strata/autograd/context.hpp>
#include <strata/nn/head_attention.hpp>
#include <strata/ops/elementwise.hpp>
#include <strata/ops/fused.hpp>
#include <strata/ops/matmul.hpp>
#include <strata/ops/op.hpp>
#include <strata/ops/shape.hpp>
#include <strata/plugin.hpp>

#include <cstdlib>
#include <random>
#include <string>

namespace {
using namespace strata;

[[maybe_unused]] void* volatile lost = nullptr;

// x * 3, with a backward of its own that says 1.5.
std::vector<TensorSpec> infer_triple(const OpCall& call) {
  return {spec_of(call.inputs[0].dtype(), call.inputs[0].shape())};
}
Tensors triple(const OpCall& call) { return {call.inputs[0] * 3.0}; }
Tensors triple_vjp(const VjpCall& call) { return {call.gradient() * 1.5}; }
const Op kTriple{.name = "faulty_triple", .infer = infer_triple, .compose = triple, .vjp = triple_vjp};

struct FaultyOptions : HeadAttention::Options {
  std::string fault = "none";
  void visit(auto& option) {
    HeadAttention::Options::visit(option);
    option("fault", fault, "the mistake");
  }
};

constexpr Attention::Traits kTraits{.cross = true, .causal = true, .incremental = true, .weights = true};

// Mistakes over heads.
class FaultyHeads final : public HeadAttention {
 public:
  FaultyHeads(const FaultyOptions& options, const Facts& facts)
      : HeadAttention(options, facts), fault_(options.fault) {}

  Attended heads(const Tensor& q, const Tensor& k, const Tensor& v, const HeadMask& mask) override {
    Tensor scores = matmul(q, transpose(k));
    if (fault_ == "backward") scores = apply_one(kTriple, {scores});
    if (fault_ == "chance") {
      static std::random_device device;
      scores = scores + static_cast<double>(device() % 1000) * 1e-3;
      scores = scores * (1.0 + static_cast<double>(device() % 1000) * 1e-4);
    }
    if (fault_ == "leak") lost = std::malloc(std::size_t{1} << 20U);  // NOLINT: that is the fault
    Tensor allowed = fault_ == "mask" ? Tensor() : mask.allowed();
    if (allowed.defined()) allowed = expand(allowed, scores.shape());
    const Tensor weights = fault_ == "axis"
                               ? transpose(softmax(transpose(scores), allowed.defined() ? transpose(allowed) : allowed))
                               : softmax(scores, allowed);
    return {matmul(weights, v), weights};
  }

 private:
  std::string fault_;
};

// Mistakes around them.
class FaultyAttention final : public Attention {
 public:
  using Options = FaultyOptions;
  FaultyAttention(const Options& options, const Facts& facts) : fault_(options.fault), inner_(options, facts) {
    child("inner", inner_);
    inner_.set_traits(kTraits);
  }

  std::int64_t context_width() const override { return inner_.context_width(); }
  Memory prepare(const Tensor& keys, const Tensor& values, const Mask& mask) override {
    return inner_.prepare(keys, values, mask);
  }
  void append(Memory& memory, const Tensor& keys, const Tensor& values, const Mask& mask) override {
    inner_.append(memory, keys, values, mask);
  }
  Attended attend(const Tensor& query, const Memory& memory, const Mask& mask) override {
    Mask used = mask;
    if (fault_ == "future") used.causal = false;
    Attended found = inner_.attend(query, memory, used);
    if (fault_ == "unasked" && !found.weights.defined()) {
      found.weights = Tensor::zeros({query.size(0), query.size(1), memory.state[0].size(2)});
    }
    if (fault_ == "blind") found.context = found.context * 0.0;
    if (fault_ == "state") {
      if (last_.defined() && last_.shape() == found.context.shape()) found.context = found.context + last_ * 0.1;
      last_ = found.context.detach();
    }
    return found;
  }

 private:
  std::string fault_;
  FaultyHeads inner_;
  Tensor last_;
};
}  // namespace

STRATA_PLUGIN("faulty-attention", "1.0", [](strata::Registry& r) {
  r.add<strata::Attention, FaultyAttention>("faulty", "softmax attention with a mistake", kTraits);
});
