// Runs conformance cases; see harness.hpp.
#include "check/kernel/harness.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <sstream>
#include <utility>

#include "check/kernel/guarded_device.hpp"
#include "check/kernel/tolerance.hpp"
#include "strata/autograd/backward.hpp"
#include "strata/autograd/profile.hpp"
#include "strata/core/error.hpp"
#include "strata/device/kernels.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"
#include "strata/tensor/context.hpp"
#include "tensor/impl.hpp"

namespace strata::detail::conformance {
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

// The bytes of a tensor's storage.
std::vector<std::byte> bytes_of(const Tensor& tensor) {
  const Storage& storage = *tensor.impl()->storage;
  std::vector<std::byte> bytes(storage.bytes);
  storage.device->copy_to_host(bytes.data(), storage.data, storage.bytes);
  return bytes;
}

// A dense host tensor on the context's device.
Tensor placed(const Tensor& host) {
  Tensor there = Tensor::empty(host.shape(), host.dtype());
  there.device()->copy_from_host(there.impl()->storage->data, host.impl()->storage->data, host.impl()->storage->bytes);
  return there;
}

// Made on the CPU by plain loops, so that neither what is tested nor its device has a part in it.
Leaf leaf_of(const Input& input, DType tested, Layout layout, bool oracle) {
  if (!input.value.defined()) return {};
  const ContextScope scope;
  context().recording = false;
  context().kernels = {{"*", "plain"}};
  const std::shared_ptr<Device> device = std::exchange(context().device, cpu_device());
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
  context().device = device;
  leaf.storage = placed(leaf.storage);
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

bool has_reference(const Op& op) {
  const auto rows = kernels_for("cpu", op.name);
  return std::any_of(rows.begin(), rows.end(),
                     [](const KernelRow* row) { return row->provider == std::string_view("reference"); });
}

std::string served_by(const Op& op, const std::string& provider) {
  if (provider != "reference" && provider != "vjp") return provider;
  return has_reference(op) ? "reference" : "composition";
}

std::optional<Run> run_case(const Case& one, const Setting& setting) {
  const std::string& provider = setting.provider;
  const Op& op = *find_op(one.op);
  const bool oracle = provider == "reference";
  const ContextScope scope;
  Context& here = context();
  const auto device = std::make_shared<GuardedDevice>(setting.device, setting.shift);
  here.device = device;
  std::vector<Leaf> leaves;
  std::vector<std::vector<std::byte>> before;
  for (const Input& input : one.inputs) {
    leaves.push_back(leaf_of(input, setting.dtype, setting.layout, oracle));
    Tensor& storage = leaves.back().storage;
    before.push_back(storage.defined() ? bytes_of(storage) : std::vector<std::byte>());
    if (storage.defined() && is_floating(storage.dtype())) storage.require_grad();
  }
  const bool forced = provider != "view" && !oracle;
  const bool kernel = provider != "composition" && provider != "vjp" && provider != "view";
  here.kernels = {{"*", kernel ? provider : "plain"}};
  if (forced) here.kernels.emplace(one.op, provider == "vjp" && has_reference(op) ? "reference" : provider);
  if (oracle) {
    for (const Op* other : all_ops()) {
      if (other->compose != nullptr && !has_reference(*other)) here.kernels.emplace(other->name, "composition");
    }
  }
  Profile profile;
  here.profile = &profile;
  Run run;
  Tensors inputs, outputs;
  for (const Leaf& leaf : leaves) inputs.push_back(leaf.storage.defined() ? leaf.seen(leaf.storage) : Tensor());
  try {
    outputs = one.run(inputs, oracle ? DType::f64 : setting.dtype);
  } catch (const Error& fault) {
    if (forced && refused(fault, one.op)) return std::nullopt;
    throw;
  }
  run.forward_by = served(profile, one.op, "forward");
  if (run.forward_by.empty()) run.forward_by = served(profile, one.op, "in place").empty() ? "" : provider;
  for (const Tensor& output : outputs) run.outputs.push_back(result_of(output));
  run.damage = device->damage();
  if (!run.damage.empty()) run.damage = "forward: " + run.damage;
  // In backward the op may run again within its own gradient, on operands that the backend need not support.
  if (!oracle) {
    here.kernels.erase(one.op);
    if (provider == "composition") here.kernels.emplace(one.op, provider);
  }
  const Tensor root = projected(outputs);
  if (root.defined()) backward(root);
  here.profile = nullptr;
  for (const Leaf& leaf : leaves) {
    const bool given = leaf.storage.defined() && leaf.storage.grad().defined();
    run.gradients.push_back(given ? result_of(leaf.seen(leaf.storage.grad())) : Result{DType::f64, {}, {}, false});
  }
  run.backward_by = served(profile, one.op, "backward");
  if (const std::string late = device->damage(); run.damage.empty() && !late.empty()) run.damage = "backward: " + late;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    if (!run.damage.empty() || !leaves[i].storage.defined()) continue;
    if (bytes_of(leaves[i].storage) != before[i]) run.damage = "it writes into its input " + std::to_string(i);
  }
  return run;
}

Result zeros_like(Result result) {
  std::fill(result.values.begin(), result.values.end(), 0.0);
  return result;
}

Difference compare(const Case& one, DType dtype, const Run& got, const Run& expected) {
  Difference worst;
  const auto allowed = [&](const Result& result, bool backward) {
    if (!is_floating(result.dtype)) return 0.0;
    const Tolerance tolerance = tolerance_of(one.narrow_inside && is_floating(dtype) ? dtype : result.dtype);
    return one.amplification * tolerance.unit * (backward ? tolerance.backward : tolerance.forward);
  };
  if (got.outputs.size() != expected.outputs.size()) {
    return {std::numeric_limits<double>::infinity(),
            std::to_string(got.outputs.size()) + " outputs for " + std::to_string(expected.outputs.size())};
  }
  for (std::size_t i = 0; i < expected.outputs.size(); ++i) {
    compare_results("output " + std::to_string(i), got.outputs[i], expected.outputs[i], allowed(got.outputs[i], false),
                    &worst);
  }
  for (std::size_t i = 0; i < expected.gradients.size(); ++i) {
    const Result &ours = got.gradients[i], &theirs = expected.gradients[i];
    if (!ours.given && !theirs.given) continue;
    // One that is zero may be left out.
    const Result zero = zeros_like(ours.given ? ours : theirs);
    const Result &left = ours.given ? ours : zero, &right = theirs.given ? theirs : zero;
    compare_results("gradient of input " + std::to_string(i), left, right, allowed(left, true), &worst);
  }
  return worst;
}

std::string changed_bits(const Run& got, const Run& first) {
  const auto same = [](const Result& a, const Result& b) {
    return a.given == b.given && a.shape == b.shape &&
           (a.values.empty() || std::memcmp(a.values.data(), b.values.data(), a.values.size() * sizeof(double)) == 0);
  };
  for (std::size_t i = 0; i < first.outputs.size(); ++i) {
    if (!same(got.outputs[i], first.outputs[i])) return "output " + std::to_string(i);
  }
  for (std::size_t i = 0; i < first.gradients.size(); ++i) {
    if (!same(got.gradients[i], first.gradients[i])) return "gradient of input " + std::to_string(i);
  }
  return {};
}

}  // namespace strata::detail::conformance
