// register_op and register_kernels.
#include "strata/plugin/register_ops.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "strata/core/error.hpp"
#include "strata/device/kernels.hpp"

namespace strata {
namespace {

[[noreturn]] void refuse(const Registry& registry, const std::string& what, const std::string& why) {
  throw Error("E_PLUGIN_REGISTER", registry.plugin().file, what + " " + why);
}

bool named(const char* name) { return name != nullptr && *name != 0; }

}  // namespace

void register_op(Registry& registry, const Op& op) {
  if (!named(op.name)) refuse(registry, "an op", "has no name");
  const std::string name = op.name;
  if (op.infer == nullptr && op.view == nullptr)
    refuse(registry, "op " + name, "has no infer, so that it can never run");
  // The table is asked when the transaction commits: a plugin that came in between counts.
  const auto check = [name, file = registry.plugin().file] {
    if (find_op(name) == nullptr) return;
    throw Error("E_PLUGIN_DUPLICATE", file, "there is an op \"" + name + "\" already", "give it another name");
  };
  registry.register_extension(
      "ops/" + name, [op] { add_op(op); }, check);
}

void register_kernels(Registry& registry, std::span<const KernelRow> rows) {
  std::map<std::string, std::vector<KernelRow>> by_key;
  // What serves only ops that this plugin brings is not wanted before a component of it is.
  const bool own = std::none_of(rows.begin(), rows.end(),
                                [](const KernelRow& row) { return named(row.op) && find_op(row.op) != nullptr; });
  const std::string start = own ? "own-kernels/" : "kernels/";
  for (const KernelRow& row : rows) {
    const std::string what = named(row.op) ? "a kernel for op " + std::string(row.op) : "a kernel";
    if (!named(row.op) || !named(row.device) || !named(row.provider)) refuse(registry, what, "lacks a name");
    if (row.forward == nullptr) refuse(registry, what, "has no forward");
    by_key[start + row.device + "/" + row.provider].push_back(row);
  }
  for (const auto& [key, same] : by_key) {
    registry.register_extension(key, [same = same] {
      for (const KernelRow& row : same) add_kernel(row);
    });
  }
}

}  // namespace strata
