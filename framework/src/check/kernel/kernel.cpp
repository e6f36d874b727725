// What kernels promise: each op's result within the tolerance of its dtype, whatever the memory layout; gradients; no
// byte written that is not an output's; the same bits again; no memory kept.
#include "check/kernel/kernel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "check/kernel/harness.hpp"
#include "strata/check/conformance.hpp"
#include "strata/core/error.hpp"
#include "strata/device/kernels.hpp"
#include "strata/device/program.hpp"

namespace strata::detail {
namespace {

// A device of the kind; null with the reason why there is none here.
std::shared_ptr<Device> device_of_kind(const std::string& kind, Registry& registry, std::string* reason) {
  if (kind == "cpu") return cpu_device();
  try {
    std::shared_ptr<Device> device = registry.make<Device>(Config(kind));
    *reason = device->probe();
    if (reason->empty()) return device;
  } catch (const Error& fault) {
    *reason = fault.message();
  }
  return nullptr;
}

std::string named(const std::vector<std::string>& faults) {
  return faults.front() + (faults.size() > 1 ? fmt::format("; and {} more", faults.size() - 1) : "");
}

class KernelChecks {
 public:
  KernelChecks(std::string provider, std::int64_t seed) : provider_(std::move(provider)), seed_(seed) {}

  std::vector<CheckRow> run(Registry& registry) {
    std::map<std::string, std::set<std::string>> ops;  // by kind of device
    for (const KernelRow& row : all_kernels()) {
      if (row.provider != provider_) continue;
      if (row.op != std::string_view(kProgramOp)) {
        ops[row.device].insert(row.op);
        continue;
      }
      for (const Op* op : all_ops()) {  // one row for all whose composition is elementwise
        if (op->compose != nullptr) ops[row.device].insert(op->name);
      }
    }
    if (ops.empty()) {
      throw Error("E_PLUGIN_CHECK", "kernel/" + provider_, "there is no kernel of this provider",
                  "the key under which kernels are staged, kernels/DEVICE/PROVIDER, names the provider of their rows");
    }
    for (const auto& [kind, names] : ops) on_device(kind, names, registry);
    return checks_.take();
  }

 private:
  void on_device(const std::string& kind, const std::set<std::string>& names, Registry& registry) {
    const std::string before = kind == "cpu" ? "" : kind + " ";
    std::string reason;
    device_ = device_of_kind(kind, registry, &reason);
    if (device_ == nullptr) {
      checks_.skip(kind, "no device to run them on: " + reason);
      return;
    }
    std::set<std::string> running;
    std::vector<std::string> unsteady;
    for (const std::string& name : names) {
      const Op* op = find_op(name);
      if (op == nullptr) {
        checks_.property(before + name, []() -> std::string { throw CheckFailed{"there is no op of this name"}; });
        continue;
      }
      std::vector<std::string> providers{provider_};
      // The gradient of an op that a plugin brings serves wherever the kernel does not, as its composition does.
      if (op->examples != nullptr && op->compose != nullptr && op->vjp != nullptr) providers.emplace_back("vjp");
      if (op->examples != nullptr && op->compose != nullptr) {
        for (const KernelRow* row : kernels_for(kind, kProgramOp)) {
          if (row->provider != provider_) providers.emplace_back(row->provider);
        }
      }
      if (!Checks::begins(before + name)) continue;
      for (const Conformance& one : conform(*op, providers, {seed_, true, device_})) {
        row(before + name + (one.provider == provider_ ? "" : " " + one.provider), one);
        for (const auto& [dtype, tally] : one.by_dtype) {
          if (one.provider == provider_ && tally.ran > 0) running.insert(name);
        }
        for (const std::string& call : one.unsteady) unsteady.push_back(fmt::format("{}, {}", name, call));
      }
    }
    if (running.empty()) return;
    checks_.property(before + "determinism", [&] {
      if (!unsteady.empty()) throw CheckFailed{named(unsteady)};
      return std::string("each call: the same bits at three addresses, gradients too");
    });
    checks_.property(before + "memory", [&] { return memory(running); });
  }

  void row(const std::string& name, const Conformance& found) {
    int ran = 0, refused = 0;
    double worst = 0;
    std::string dtypes, backward;
    for (const auto& [dtype, tally] : found.by_dtype) {
      ran += tally.ran;
      refused += tally.refused;
      worst = std::max(worst, tally.worst);
      if (tally.ran > 0)
        dtypes += (dtypes.empty() ? "" : " ") + std::string(dtype == DType::i64 ? "int" : name_of(dtype));
    }
    for (const std::string& by : found.backward_by) backward += (backward.empty() ? "" : ", ") + by;
    if (found.failures.empty() && ran == 0) {
      checks_.skip(name, fmt::format("it supports none of {} calls on this machine", refused));
      return;
    }
    checks_.property(name, [&] {
      if (!found.failures.empty()) throw CheckFailed{named(found.failures)};
      return fmt::format("{} calls (of {}, {} refused), worst {:.2f} of the allowed difference; {}{}", ran,
                         ran + refused, refused, worst, dtypes, backward.empty() ? "" : "; gradients by " + backward);
    });
  }

  // One supported call of each op, again and again.
  std::string memory(const std::set<std::string>& names) const {
    for (const std::string& name : names) {
      const conformance::Cases cases = conformance::cases_of(*find_op(name), seed_);
      const auto call = [&](const conformance::Case& one) -> bool {
        for (const DType dtype : {DType::f32, DType::bf16, DType::f64, DType::f16}) {
          const conformance::Setting setting{provider_, dtype, conformance::Layout::dense, device_};
          if (!conformance::run_case(one, setting).has_value()) continue;
          leak_of(name, one, setting);
          return true;
        }
        return false;
      };
      (void)std::any_of(cases.begin(), cases.end(), call);
    }
    return "one call of each op sixty times: nothing grows";
  }
  static void leak_of(const std::string& name, const conformance::Case& one, const conformance::Setting& setting) {
    try {
      (void)check_leak([&] { (void)conformance::run_case(one, setting); });
    } catch (const CheckFailed& failure) {
      throw CheckFailed{fmt::format("{}, {}: {}", name, one.title, failure.detail)};
    }
  }

  std::string provider_;
  std::int64_t seed_;
  std::shared_ptr<Device> device_;
  Checks checks_;
};

}  // namespace

std::vector<CheckRow> check_kernel(const Config& spec, const CheckOptions& options, const Host& host) {
  const std::string name = spec.is_string() ? spec.string() : spec.at("type").string();
  if (!spec.is_string()) (void)parse_options<NoOptions>(spec, &host.registry, true);
  return KernelChecks(name, options.seed).run(host.registry);
}

std::vector<std::string> kernel_components(const std::string& file, const Registry& registry) {
  std::set<std::string> names;
  for (const Extension& extension : registry.extensions()) {
    const bool kernels = extension.key.starts_with("kernels/") || extension.key.starts_with("own-kernels/");
    if (extension.plugin.file != file || !kernels) continue;
    names.insert("kernel/" + extension.key.substr(extension.key.rfind('/') + 1));
  }
  return {names.begin(), names.end()};
}

}  // namespace strata::detail
