// Runs conformance cases; see harness.hpp.
#include "conformance/harness.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "conformance/tolerance.hpp"
#include "strata/autograd/backward.hpp"
#include "strata/autograd/context.hpp"
#include "strata/autograd/profile.hpp"
#include "strata/core/error.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"

using namespace strata;

namespace conformance {
namespace {

constexpr std::int64_t kBefore = 2, kAfter = 3;  // padding of Layout::padded

DType dtype_of(const Input& input, DType tested) {
  if (input.kind == Kind::fixed) return input.value.dtype();
  return input.kind == Kind::weight && size_of(tested) == 2 ? DType::f32 : tested;
}

// A leaf and how to see the input in it.
struct Leaf {
  Tensor storage;
  Layout layout = Layout::dense;

  Tensor seen(const Tensor& tensor) const {
    if (layout == Layout::swapped) return transpose(tensor);
    if (layout == Layout::padded) return slice(tensor, -1, kBefore, tensor.size(-1) - kAfter);
    return tensor;
  }
};

// The values, rounded to the tested dtype, as a fresh tensor of the input's dtype.
Tensor fresh(const Input& input, DType tested, bool oracle) {
  if (input.kind == Kind::fixed) return contiguous(input.value).detach();
  const Tensor rounded = cast(cast(input.value, tested), DType::f64);
  const Tensor copy = Tensor::from(rounded.to_doubles(), input.value.shape());
  return oracle ? copy : cast(copy, dtype_of(input, tested));
}

Leaf leaf_of(const Input& input, DType tested, Layout layout, bool oracle) {
  if (!input.value.defined()) return {};
  const NoGrad scope;
  Tensor dense = fresh(input, tested, oracle);
  Leaf leaf{dense, Layout::dense};
  if (layout == Layout::swapped && input.kind == Kind::data && dense.rank() >= 2) {
    leaf = {contiguous(transpose(dense)), Layout::swapped};
    if (leaf.storage.impl() == dense.impl()) leaf.layout = Layout::dense;
  } else if (layout == Layout::padded && input.kind != Kind::weight && dense.rank() >= 1) {
    Shape shape = dense.shape();
    shape[-1] += kBefore + kAfter;
    const double filler = is_floating(dense.dtype()) ? std::numeric_limits<double>::quiet_NaN() : 77;
    leaf = {Tensor::full(shape, filler, dense.dtype()), Layout::padded};
    copy_into(leaf.seen(leaf.storage), dense);
  }
  if (input.kind == Kind::weight) leaf.storage.set_constant(true);
  return leaf;
}

// Fixed projections of the outputs on multiples of 1/64, which every floating type holds exactly.
Tensor projected(const Tensors& outputs) {
  Values random(99);
  Tensor total;
  for (const Tensor& output : outputs) {
    if (!output.requires_grad()) continue;
    std::vector<double> seed(static_cast<std::size_t>(output.numel()));
    for (double& value : seed) value = std::floor(random.unit() * 129 - 64) / 64;
    const Tensor part = sum(cast(output, DType::f64) * Tensor::from(seed, output.shape()));
    total = total.defined() ? total + part : part;
  }
  return total;
}

Result result_of(const Tensor& tensor) {
  const NoGrad scope;
  const DType dtype = tensor.dtype();
  Result result{dtype, tensor.shape(), {}};
  if (is_floating(dtype)) {
    result.values = tensor.to_doubles();
  } else {
    for (const std::int64_t value : tensor.to_integers()) result.values.push_back(static_cast<double>(value));
  }
  return result;
}

std::string served(const Profile& profile, const char* op, const char* phase) {
  for (const auto& [key, row] : profile.rows()) {
    if (std::get<0>(key) == op && std::get<1>(key) == phase) return std::get<2>(key);
  }
  return {};
}

bool refused(const Error& fault, const char* op) {
  return fault.code() == "E_DEVICE_KERNEL" && fault.place() == std::string("kernels/") + op;
}

// Largest difference in multiples of what is allowed.
void compare_results(const std::string& name, const Result& got, const Result& expected, double allowed,
                     Difference* worst) {
  constexpr double kNever = std::numeric_limits<double>::infinity();
  if (!(got.shape == expected.shape)) {
    *worst = {kNever, name + ": shape " + got.shape.str() + " for " + expected.shape.str()};
    return;
  }
  double squares = 0;
  for (const double value : expected.values) squares += std::isfinite(value) ? value * value : 0;
  const double rms = std::sqrt(squares / std::max<double>(1, static_cast<double>(expected.values.size())));
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    const double a = got.values[i], b = expected.values[i];
    if (a == b || (std::isnan(a) && std::isnan(b))) continue;
    const double scale = std::max(std::abs(b), rms);
    const double difference = std::abs(a - b) / (scale > 0 ? scale : 1);
    const double share = allowed > 0 && !std::isnan(difference) ? difference / allowed : kNever;
    if (share <= worst->share) continue;
    std::ostringstream text;
    text << name << ": element " << i << " is " << a << ", expected " << b << " (difference " << difference
         << ", allowed " << allowed << ")";
    *worst = {share, text.str()};
  }
}

}  // namespace

const char* name_of(Layout layout) {
  return layout == Layout::dense ? "dense" : layout == Layout::padded ? "padded" : "swapped";
}

bool has_data(const Case& one) {
  return std::any_of(one.inputs.begin(), one.inputs.end(),
                     [](const Input& input) { return input.value.defined() && input.kind != Kind::fixed; });
}

std::optional<Run> run_case(const Case& one, const std::string& provider, DType dtype, Layout layout) {
  const bool oracle = provider == "reference";
  std::vector<Leaf> leaves;
  for (const Input& input : one.inputs) {
    leaves.push_back(leaf_of(input, dtype, layout, oracle));
    Tensor& storage = leaves.back().storage;
    if (storage.defined() && is_floating(storage.dtype())) storage.require_grad();
  }
  const ContextScope scope;
  Context& here = context();
  const bool forced = provider != "view" && !oracle;
  const bool kernel = provider != "composition" && provider != "vjp" && provider != "view";
  here.kernels = {{"*", kernel ? provider : "plain"}};
  if (forced) here.kernels.emplace(one.op, provider == "vjp" ? "reference" : provider);
  Profile profile;
  here.profile = &profile;
  Run run;
  Tensors inputs, outputs;
  for (const Leaf& leaf : leaves) inputs.push_back(leaf.storage.defined() ? leaf.seen(leaf.storage) : Tensor());
  try {
    outputs = one.run(inputs, oracle ? DType::f64 : dtype);
  } catch (const Error& fault) {
    if (forced && refused(fault, one.op)) return std::nullopt;
    throw;
  }
  run.forward_by = served(profile, one.op, "forward");
  if (run.forward_by.empty()) run.forward_by = served(profile, one.op, "in place").empty() ? "" : provider;
  // In backward the op may run again within its own gradient, on operands that the backend need not support.
  here.kernels.erase(one.op);
  if (provider == "composition") here.kernels.emplace(one.op, provider);
  for (const Tensor& output : outputs) run.outputs.push_back(result_of(output));
  const Tensor root = projected(outputs);
  if (root.defined()) backward(root);
  here.profile = nullptr;
  for (const Leaf& leaf : leaves) {
    const bool given = leaf.storage.defined() && leaf.storage.grad().defined();
    run.gradients.push_back(given ? result_of(leaf.seen(leaf.storage.grad())) : Result{DType::f64, {}, {}, false});
  }
  run.backward_by = served(profile, one.op, "backward");
  return run;
}

Difference compare(const Case& one, DType dtype, const Run& got, const Run& expected) {
  Difference worst;
  const auto allowed = [&](const Result& result, bool backward) {
    if (!is_floating(result.dtype)) return 0.0;
    const Tolerance tolerance = tolerance_of(one.narrow_inside && is_floating(dtype) ? dtype : result.dtype);
    return one.amplification * tolerance.unit * (backward ? tolerance.backward : tolerance.forward);
  };
  for (std::size_t i = 0; i < expected.outputs.size(); ++i) {
    compare_results("output " + std::to_string(i), got.outputs[i], expected.outputs[i], allowed(got.outputs[i], false),
                    &worst);
  }
  for (std::size_t i = 0; i < expected.gradients.size(); ++i) {
    const std::string name = "gradient of input " + std::to_string(i);
    if (got.gradients[i].given != expected.gradients[i].given) {
      worst = {std::numeric_limits<double>::infinity(), name + " is given by one side only"};
    } else if (got.gradients[i].given) {
      compare_results(name, got.gradients[i], expected.gradients[i], allowed(got.gradients[i], true), &worst);
    }
  }
  return worst;
}

}  // namespace conformance
