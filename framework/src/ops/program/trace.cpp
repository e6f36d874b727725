// What a composition does to one element.
#include "ops/program/trace.hpp"

#include <algorithm>
#include <cstring>

#include "strata/tensor/context.hpp"
#include "tensor/impl.hpp"

namespace strata::detail {
namespace {

struct Refused {};  // no std::exception: it goes through a composition that catches those

thread_local Trace* current_trace = nullptr;

// The steps that are ops; affine and cast, which have numbers, and expand, which is none, are apart.
const Step* step_of(const Op& op) {
  static const auto* const steps = [] {
    auto* all = new std::unordered_map<const Op*, Step>;
    const auto add = [&](const char* name, Step step) { all->emplace(find_op(name), step); };
    add("add", Step::add), add("sub", Step::sub), add("mul", Step::mul), add("div", Step::div);
    add("maximum", Step::maximum), add("minimum", Step::minimum), add("neg", Step::neg), add("abs", Step::abs);
    add("exp", Step::exp), add("log", Step::log), add("sqrt", Step::sqrt), add("erf", Step::erf);
    add("sin", Step::sin), add("cos", Step::cos), add("tanh", Step::tanh), add("sigmoid", Step::sigmoid);
    add("relu", Step::relu), add("gelu", Step::gelu), add("round", Step::round), add("equal", Step::equal);
    add("less", Step::less), add("less_equal", Step::less_equal), add("logical_and", Step::logical_and);
    add("logical_not", Step::logical_not), add("where", Step::where);
    return all;
  }();
  const auto found = steps->find(&op);
  return found == steps->end() ? nullptr : &found->second;
}

struct OtherOps {
  const Op *affine, *cast, *expand;
};
const OtherOps& other_ops() {
  static const OtherOps ops{find_op("affine"), find_op("cast"), find_op("expand")};
  return ops;
}

bool computes(DType dtype) { return is_floating(dtype) || dtype == DType::boolean; }

// Steps that may have a bool as their result.
bool gives_bool(Step step) { return step == Step::where || (step >= Step::equal && step <= Step::logical_not); }

}  // namespace

// Memory that is not there: what is filled with one element is a constant, and whoever reads it ends the trace.
class TraceDevice final : public Device {
 public:
  std::string_view kind() const override { return "trace"; }
  std::string name() const override { return "no device (a composition keeps no tensors)"; }
  std::string probe() const override { return {}; }
  bool host_accessible() const override { look(); }
  void* allocate(std::size_t) override { return reinterpret_cast<void*>(64 * ++blocks_); }
  void release(void*, std::size_t) noexcept override {}
  void copy_from_host(void*, const void*, std::size_t) override { look(); }
  void copy_to_host(void*, const void*, std::size_t) override { look(); }
  void fill(void* to, const void* element, std::size_t bytes, std::size_t) override {
    Element& filled = fills_[to];
    filled = {};
    std::memcpy(filled.bytes, element, bytes);
    filled.size = bytes;
  }
  void synchronize() override { look(); }

  // The number that all elements of a tensor are.
  std::optional<double> constant(const void* memory, DType dtype) const {
    const auto found = fills_.find(memory);
    if (found == fills_.end() || !computes(dtype)) return std::nullopt;
    const Element& element = found->second;
    const bool zero = std::all_of(element.bytes, element.bytes + element.size, [](unsigned char b) { return b == 0; });
    if (zero) return 0.0;
    if (element.size != size_of(dtype)) return std::nullopt;
    switch (dtype) {
      case DType::f64: return read<double>(element);
      case DType::f32: return read<float>(element);
      case DType::f16: return static_cast<float>(read<Float16>(element));
      case DType::bf16: return static_cast<float>(read<BFloat16>(element));
      default: return 1.0;
    }
  }

 private:
  struct Element {
    unsigned char bytes[8];
    std::size_t size;
  };
  [[noreturn]] static void look() {
    if (current_trace != nullptr) current_trace->refuse();
    throw Error("E_INTERNAL", "[trace]", "a tensor that a composition made was kept and is used in another call");
  }
  template <class T>
  static T read(const Element& element) {
    T value;
    std::memcpy(&value, element.bytes, sizeof value);
    return value;
  }

  std::uintptr_t blocks_ = 0;
  std::unordered_map<const void*, Element> fills_;
};

Trace::Trace() : device_(std::make_shared<TraceDevice>()) { current_trace = this; }
Trace::~Trace() { current_trace = nullptr; }
Trace* Trace::current() { return current_trace; }

void Trace::refuse() {
  refused_ = true;
  throw Refused{};
}

std::optional<Formula> Trace::of(const OpCall& call, std::span<const TensorSpec> outputs) {
  const ContextScope scope;
  Trace trace;
  context().device = trace.device_;
  context().recording = true;  // what stops gradients within the composition is seen by it
  context().loop = nullptr;
  context().profile = nullptr;
  try {
    Tensors inputs;
    for (std::size_t i = 0; i < call.inputs.size(); ++i) {
      inputs.emplace_back();
      if (!call.inputs[i].defined()) continue;
      const TensorSpec spec = spec_of(call.inputs[i].dtype(), call.inputs[i].shape());
      inputs.back() = trace.placeholder(spec, trace.formula_.input(static_cast<int>(i)));
    }
    const Tensors results = call.op.compose({call.op, inputs, call.attributes});
    if (trace.refused_ || results.empty() || results.size() != outputs.size()) return std::nullopt;
    bool computed = false;
    for (std::size_t o = 0; o < outputs.size(); ++o) {
      const TensorSpec spec = spec_of(results[o].dtype(), results[o].shape());
      const auto same_shape = [&](const TensorSpec& other) {
        return spec.rank == other.rank && std::equal(spec.shape, spec.shape + spec.rank, other.shape);
      };
      if (spec.dtype != outputs[o].dtype || !same_shape(outputs[o]) || !same_shape(outputs[0])) return std::nullopt;
      const int value = trace.value_of(results[o]);
      computed = computed || trace.formula_.values[static_cast<std::size_t>(value)].step != Step::load;
      trace.formula_.results.push_back({value, spec.dtype});
    }
    if (!computed) return std::nullopt;  // the inputs themselves: no copy is cheaper than one
    return std::move(trace.formula_);
  } catch (...) {
    return std::nullopt;  // what else was wrong the composition says itself
  }
}

Tensor Trace::placeholder(const TensorSpec& spec, int value) {
  if (!computes(spec.dtype)) refuse();
  formula_.wide = formula_.wide || spec.dtype == DType::f64;
  const Shape shape(std::span(spec.shape, static_cast<std::size_t>(spec.rank)));
  Tensor tensor = Tensor::empty(shape, spec.dtype, device_);
  known_.emplace(tensor.impl().get(), Known{tensor, value});
  return tensor;
}

int Trace::value_of(const Tensor& tensor) {
  if (!tensor.defined() || tensor.device() != device_) refuse();
  const auto found = known_.find(tensor.impl().get());
  if (found != known_.end()) return found->second.value;
  const std::optional<double> constant = device_->constant(tensor.impl()->storage->data, tensor.dtype());
  if (!constant.has_value()) refuse();
  formula_.wide = formula_.wide || tensor.dtype() == DType::f64;
  return formula_.constant(*constant);
}

Tensors Trace::apply(const OpCall& call) {
  if (refused_) refuse();
  const Step* const step = step_of(call.op);
  const bool affine = &call.op == other_ops().affine, cast = &call.op == other_ops().cast;
  if (&call.op == other_ops().expand) {
    const int value = same(value_of(call.inputs[0]));
    return {placeholder(spec_of(call.inputs[0].dtype(), call.attributes.list("shape")), value)};
  }
  if (step == nullptr && !affine && !cast) return nested(call);
  const TensorSpec spec = call.op.infer(call)[0];
  int values[3] = {-1, -1, -1};
  for (std::size_t i = 0; i < call.inputs.size(); ++i) values[i] = value_of(call.inputs[i]);
  if (cast) return {placeholder(spec, this->cast(call.inputs[0], values[0], spec.dtype))};
  if (spec.dtype == DType::boolean && (affine || !gives_bool(*step))) refuse();
  const int value = affine
                        ? formula_.affine(values[0], call.attributes.number("scale"), call.attributes.number("shift"))
                        : formula_.step(*step, values[0], values[1], values[2]);
  return {placeholder(spec, noted(value))};
}

// An op that is made of others. A gradient of its own is not what its steps would give.
Tensors Trace::nested(const OpCall& call) {
  if (call.op.compose == nullptr) refuse();
  (void)call.op.infer(call);
  if (call.op.vjp != nullptr) formula_.differentiable = false;
  without_gradient_ += call.op.differentiable ? 0 : 1;
  Tensors results = call.op.compose(call);
  without_gradient_ -= call.op.differentiable ? 0 : 1;
  return results;
}

bool Trace::has_gradient() const { return context().recording && without_gradient_ == 0; }

int Trace::noted(int value) {
  formula_.values[static_cast<std::size_t>(value)].passes = has_gradient();
  return value;
}

int Trace::same(int value) { return has_gradient() ? value : noted(formula_.affine(value, 1, 0)); }

// Registers hold every value in the widest type, so that only narrower ones change it.
int Trace::cast(const Tensor& from, int value, DType to) {
  if (!computes(to)) refuse();
  const bool from_bool = from.dtype() == DType::boolean;
  if (to == DType::boolean) {
    return from_bool ? value : noted(formula_.step(Step::logical_not, formula_.step(Step::logical_not, value)));
  }
  const bool widens = from_bool || size_of(to) > size_of(from.dtype());
  return widens ? same(value) : noted(formula_.narrow(value, to));
}

}  // namespace strata::detail
