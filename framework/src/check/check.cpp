// check_component: the roles that have checks.
#include "strata/check/check.hpp"

#include <array>

#include "check/attention.hpp"
#include "check/cell.hpp"
#include "strata/core/error.hpp"
#include "strata/plugin/registry.hpp"

namespace strata {
namespace {

struct RoleChecks {
  std::string_view role;
  std::vector<CheckRow> (*run)(const Config& spec, const CheckOptions& options, const Host& host);
};

constexpr std::array kRoles = {RoleChecks{"attention", detail::check_attention},
                               RoleChecks{"cell", detail::check_cell}};

}  // namespace

std::vector<std::string_view> checked_roles() {
  std::vector<std::string_view> roles;
  for (const RoleChecks& each : kRoles) roles.push_back(each.role);
  return roles;
}

std::vector<CheckRow> check_component(std::string_view role, const Config& spec, const CheckOptions& options,
                                      const Host& host) {
  for (const RoleChecks& each : kRoles) {
    if (each.role != role) continue;
    const ContextScope scope;
    host.registry.load_extensions("kernels/cpu/");
    return each.run(spec, options, host);
  }
  std::string known;
  for (const RoleChecks& each : kRoles) known += (known.empty() ? "" : ", ") + std::string(each.role);
  throw Error("E_PLUGIN_CHECK", std::string(role), "there are no checks for this role", "those that have: " + known);
}

}  // namespace strata
