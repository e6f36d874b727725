// check_component: the roles that have checks.
#include "strata/check/check.hpp"

#include <algorithm>
#include <array>

#include "check/answerer.hpp"
#include "check/attention.hpp"
#include "check/cell.hpp"
#include "check/dataset.hpp"
#include "check/feed.hpp"
#include "check/kernel/kernel.hpp"
#include "check/layer.hpp"
#include "check/metric.hpp"
#include "check/model.hpp"
#include "check/optimizer.hpp"
#include "check/sampler.hpp"
#include "check/schedule.hpp"
#include "check/tokenizer.hpp"
#include "strata/core/error.hpp"
#include "strata/plugin/registry.hpp"

namespace strata {
namespace {

struct RoleChecks {
  std::string_view role;
  std::vector<CheckRow> (*run)(const Config& spec, const CheckOptions& options, const Host& host);
};

constexpr std::array kRoles = {
    RoleChecks{"attention", detail::check_attention},
    RoleChecks{"cell", detail::check_cell},
    RoleChecks{"layer", detail::check_sequence_layer},
    RoleChecks{"model", detail::check_model},
    RoleChecks{"tokenizer", detail::check_tokenizer},
    RoleChecks{"dataset", detail::check_dataset},
    RoleChecks{"optimizer", detail::check_optimizer},
    RoleChecks{"schedule", detail::check_schedule},
    RoleChecks{"metric", detail::check_metric},
    RoleChecks{"sampler", detail::check_sampler},
    RoleChecks{"feed", detail::check_feed},
    RoleChecks{"answerer", detail::check_answerer},
    RoleChecks{"kernel", detail::check_kernel},
};

const RoleChecks* find_role(std::string_view role) {
  for (const RoleChecks& each : kRoles) {
    if (each.role == role) return &each;
  }
  return nullptr;
}

std::string known_roles() {
  std::string known;
  for (const RoleChecks& each : kRoles) known += (known.empty() ? "" : ", ") + std::string(each.role);
  return known;
}

}  // namespace

std::vector<std::string> checked_components(const std::string& file, const std::string& asked,
                                            const Registry& registry) {
  std::vector<std::string> checked, all;
  for (const ComponentInfo& info : registry.components()) {
    if (info.plugin.file != file) continue;
    all.push_back(info.role + "/" + info.name);
    if (find_role(info.role) != nullptr) checked.push_back(all.back());
  }
  for (const std::string& kernels : detail::kernel_components(file, registry)) {
    all.push_back(kernels);
    checked.push_back(kernels);
  }
  if (!asked.empty()) {
    if (std::find(all.begin(), all.end(), asked) != all.end()) return {asked};
    const std::string near = nearest_name(asked, all);
    throw Error("E_CONFIG_COMPONENT", file, "it has no " + printable(asked),
                near.empty() ? "strata plugins lists what it has" : "did you mean " + near + "?");
  }
  if (checked.empty()) {
    throw Error("E_PLUGIN_CHECK", file,
                "none of its " + std::to_string(all.size()) + " components has a role with checks",
                "roles that have: " + known_roles());
  }
  return checked;
}

std::vector<CheckRow> check_component(std::string_view role, const Config& spec, const CheckOptions& options,
                                      const Host& host) {
  const RoleChecks* checks = find_role(role);
  if (checks == nullptr) {
    throw Error("E_PLUGIN_CHECK", std::string(role), "there are no checks for this role",
                "those that have: " + known_roles());
  }
  const ContextScope scope;
  host.registry.load_extensions("kernels/cpu/");
  return checks->run(spec, options, host);
}

}  // namespace strata
