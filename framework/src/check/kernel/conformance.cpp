// conform: the cases of an op by its providers.
#include "strata/check/conformance.hpp"

#include <algorithm>
#include <optional>

#include "check/kernel/harness.hpp"
#include "strata/autograd/backward.hpp"
#include "strata/core/error.hpp"
#include "strata/device/kernels.hpp"
#include "strata/device/parallel.hpp"
#include "strata/device/program.hpp"
#include "strata/tensor/context.hpp"

namespace strata {
namespace {

using namespace detail::conformance;

std::vector<DType> dtypes_of(const Case& one) {
  if (!has_data(one)) return {DType::i64};  // stands for the types that the inputs have
  return {DType::f64, DType::f32, DType::f16, DType::bf16};
}

// What `body` throws, as a text; empty when it throws nothing.
template <class Body>
std::string thrown_by(const Body& body) {
  try {
    body();
  } catch (const std::exception& fault) {
    return printable(fault.what(), 300);
  } catch (...) {
    return "it threw something that is no exception class";
  }
  return {};
}

class ThreadCount {
 public:
  explicit ThreadCount(int count) : before_(thread_count()) { set_thread_count(count); }
  ThreadCount(const ThreadCount&) = delete;
  ThreadCount& operator=(const ThreadCount&) = delete;
  ~ThreadCount() { set_thread_count(before_); }

 private:
  int before_;
};

// One case in one dtype by one provider.
class Calls {
 public:
  Calls(const Op& op, const Case& one, const Setting& setting, const std::optional<Run>& expected)
      : op_(op), case_(one), setting_(setting), expected_(expected) {}

  void run(const ConformanceOptions& options, Conformance* out) {
    out_ = out;
    for (const Layout layout : {Layout::dense, Layout::padded, Layout::swapped}) {
      setting_.layout = layout;
      const std::string thrown = thrown_by([&] { one_layout(options); });
      if (!thrown.empty()) fail(thrown);
    }
  }

 private:
  std::string title() const {
    return case_.title + ", " + name_of(setting_.dtype) + ", " + name_of(setting_.layout) + ": ";
  }
  void fail(const std::string& why) { out_->failures.push_back(title() + why); }

  void one_layout(const ConformanceOptions& options) {
    const std::optional<Run> got = run_case(case_, setting_);
    Conformance::Tally& tally = out_->by_dtype[setting_.dtype];
    if (!got.has_value()) {
      ++tally.refused;
      return;
    }
    if (got->forward_by.empty() && setting_.layout != Layout::dense) return;  // a copy of what is dense already
    ++tally.ran;
    const std::string wanted = served_by(op_, setting_.provider);
    if (got->forward_by != wanted) fail("served by \"" + got->forward_by + "\", wanted is " + wanted);
    if (!got->backward_by.empty()) out_->backward_by.insert(got->backward_by);
    judge(*got);
    if (options.repeat && setting_.layout == Layout::dense) again(*got);
  }

  // Against the oracle, or against what a view must be.
  void judge(const Run& got) {
    if (!got.damage.empty()) fail(got.damage);
    for (std::size_t i = 0; i < case_.expected.size(); ++i) {
      if (got.outputs[i].values != case_.expected[i]) fail("output " + std::to_string(i) + " of a view");
    }
    if (!expected_.has_value()) return;
    const Difference difference = compare(case_, setting_.dtype, got, *expected_);
    if (!(difference.share <= 1)) fail(difference.message);
    Conformance::Tally& tally = out_->by_dtype[setting_.dtype];
    tally.worst = std::max(tally.worst, difference.share);
  }

  void again(const Run& first) {
    for (const int shift : {1, 2}) {
      Setting moved = setting_;
      moved.shift = shift;
      const std::optional<Run> next = run_case(case_, moved);
      const std::string changed = next.has_value() ? changed_bits(*next, first) : "whether the call is supported";
      if (changed.empty()) continue;
      out_->unsteady.push_back(title() + changed);
      break;
    }
    const int threads = thread_count() == 1 ? 3 : 1;
    const ThreadCount scope(threads);
    const std::optional<Run> other = run_case(case_, setting_);
    const std::string changed = other.has_value() ? changed_bits(*other, first) : "whether the call is supported";
    if (changed.empty()) return;
    out_->unsteady.push_back(title() + "with a thread count of " + std::to_string(threads) + ", " + changed);
  }

  const Op& op_;
  const Case& case_;
  Setting setting_;
  const std::optional<Run>& expected_;
  Conformance* out_ = nullptr;
};

}  // namespace

std::vector<Conformance> conform(const Op& op, std::span<const std::string> providers,
                                 const ConformanceOptions& options) {
  std::vector<Conformance> found;
  for (const std::string& provider : providers) found.emplace_back().provider = provider;
  const auto fail_all = [&](const std::string& why) {
    for (Conformance& one : found) one.failures.push_back(why);
  };
  Cases cases;
  const std::string thrown = thrown_by([&] { cases = cases_of(op, options.seed); });
  if (!thrown.empty()) {
    fail_all("its examples: " + thrown);
  } else if (cases.empty()) {
    fail_all("there is no call to try: give its Op `examples`");
  } else if (op.view == nullptr && op.compose == nullptr && !has_reference(op)) {
    fail_all("it has neither a composition nor a reference kernel to be held against: give its Op `compose`");
    cases.clear();
  }
  for (const Case& one : cases) {
    for (const DType dtype : dtypes_of(one)) {
      std::optional<Run> expected;
      if (op.view == nullptr) {
        const std::string fault = thrown_by([&] { expected = run_case(one, {"reference", dtype}); });
        if (!fault.empty()) {
          fail_all(one.title + ", " + name_of(dtype) + ", the oracle: " + fault);
          continue;
        }
        const std::string oracle = served_by(op, "reference");
        if (expected->forward_by != oracle) fail_all(one.title + ": the oracle is served by " + expected->forward_by);
      }
      for (Conformance& out : found) {
        // Its forward is the composition, which rounds a 16-bit value at each step.
        if (out.provider == "vjp" && !has_reference(op) && size_of(dtype) == 2) continue;
        Setting setting{out.provider, dtype};
        if (options.device != nullptr) setting.device = options.device;
        Calls(op, one, setting, expected).run(options, &out);
      }
    }
  }
  return found;
}

std::vector<std::string> providers_of(const Op& op, std::string_view device_kind) {
  if (op.view != nullptr) return {"view"};
  std::vector<std::string> providers;
  const auto add = [&](const KernelRow* row) {
    const bool known = std::find(providers.begin(), providers.end(), row->provider) != providers.end();
    if (!known && row->provider != std::string_view("reference")) providers.emplace_back(row->provider);
  };
  for (const KernelRow* row : kernels_for(device_kind, op.name)) add(row);
  if (op.compose != nullptr) {  // served where it turns out to be elementwise
    for (const KernelRow* row : kernels_for(device_kind, kProgramOp)) add(row);
  }
  if (op.compose != nullptr) providers.emplace_back("composition");
  if (op.compose != nullptr && op.vjp != nullptr) providers.emplace_back("vjp");
  return providers;
}

std::map<std::string, int> conformance_calls() {
  std::map<std::string, int> calls;
  for (const Case& one : builtin_cases()) ++calls[one.op];
  return calls;
}

OracleGradients check_oracle(const Op& op) {
  OracleGradients out;
  out.tolerance = 1e-7;
  if (!op.differentiable) return out;
  for (const Case& one : builtin_cases()) {
    if (one.op != std::string_view(op.name)) continue;
    if (!one.differences || !has_data(one)) continue;
    Tensors inputs;
    for (const Input& input : one.inputs) {
      inputs.push_back(input.value);
      if (input.value.defined() && input.kind != Kind::fixed) inputs.back() = inputs.back().detach().require_grad();
    }
    const ContextScope scope;
    context().kernels = {{"*", "reference"}};
    const GradcheckReport report =
        gradcheck([&](std::span<const Tensor> in) { return one.run(in, DType::f64); }, inputs, out.tolerance);
    if (!report.passed) out.failures.push_back(one.title + ": " + report.message);
    out.worst = std::max(out.worst, report.worst);
    ++out.calls;
  }
  return out;
}

}  // namespace strata
