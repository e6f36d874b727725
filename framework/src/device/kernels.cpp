// The open kernel table.
#include "strata/device/kernels.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "device/builtin_kernels.hpp"
#include "strata/core/error.hpp"

namespace strata {
namespace {

struct Table {
  std::mutex mutex;
  std::deque<std::string> names;  // what the rows' char pointers refer to
  std::deque<KernelRow> rows;
  std::map<std::pair<std::string_view, std::string_view>, std::vector<const KernelRow*>> index;

  Table() {
    for (const KernelRow& row : detail::builtin_kernels()) add(row);
  }

  const char* keep(const char* name) { return names.emplace_back(name).c_str(); }

  void add(const KernelRow& row) {
    KernelRow& kept = rows.emplace_back(row);
    kept.device = keep(row.device);
    kept.op = keep(row.op);
    kept.provider = keep(row.provider);
    auto& best_first = index[{kept.device, kept.op}];
    const auto at = std::find_if(best_first.begin(), best_first.end(),
                                 [&](const KernelRow* r) { return r->priority < kept.priority; });
    best_first.insert(at, &kept);
  }
};

Table& table() {
  static auto* instance = new Table;
  return *instance;
}

}  // namespace

void add_kernel(const KernelRow& row) {
  if (row.forward == nullptr) throw Error("E_INTERNAL", std::string("[") + row.op + "]", "a kernel without a forward");
  Table& t = table();
  const std::lock_guard lock(t.mutex);
  t.add(row);
}

std::span<const KernelRow* const> kernels_for(std::string_view device, std::string_view op) {
  Table& t = table();
  const std::lock_guard lock(t.mutex);
  const auto found = t.index.find({device, op});
  if (found == t.index.end()) return {};
  return found->second;
}

std::vector<KernelRow> all_kernels() {
  Table& t = table();
  const std::lock_guard lock(t.mutex);
  std::vector<KernelRow> rows;
  for (const auto& [key, list] : t.index) {
    for (const KernelRow* row : list) rows.push_back(*row);
  }
  return rows;
}

}  // namespace strata
