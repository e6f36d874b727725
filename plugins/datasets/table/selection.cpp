// Selection by hashes of the records' numbers.
#include "selection.hpp"

#include <strata/core/philox.hpp>

#include <algorithm>
#include <cmath>
#include <map>

namespace table {
namespace {

std::uint64_t drawn(const SelectionOptions& options, const char* purpose, std::int64_t record) {
  return strata::hash64(static_cast<std::uint64_t>(options.seed), purpose + std::to_string(record));
}

}  // namespace

bool is_valid_part(const SelectionOptions& options, std::int64_t record) {
  return static_cast<double>(drawn(options, "valid/", record)) * 0x1p-64 < options.valid_share;
}

std::vector<std::int64_t> limited(const SelectionOptions& options,
                                  const std::vector<std::pair<std::int64_t, std::string>>& records) {
  std::vector<std::int64_t> out;
  const auto all = static_cast<std::int64_t>(records.size());
  if (options.limit == 0 || options.limit >= all) {
    for (const auto& [number, label] : records) out.push_back(number);
    return out;
  }
  std::map<std::string, std::vector<std::int64_t>> classes;
  for (const auto& [number, label] : records) classes[label].push_back(number);
  // Shares are rounded by their sum so far, so that together they are the limit.
  double until = 0;
  std::int64_t taken = 0;
  for (auto& [label, numbers] : classes) {
    std::sort(numbers.begin(), numbers.end(), [&](std::int64_t a, std::int64_t b) {
      return std::pair(drawn(options, "limit/", a), a) < std::pair(drawn(options, "limit/", b), b);
    });
    until += static_cast<double>(numbers.size()) * static_cast<double>(options.limit) / static_cast<double>(all);
    const std::int64_t wanted = std::max<std::int64_t>(1, std::llround(until) - taken);
    const std::int64_t count = std::min(wanted, static_cast<std::int64_t>(numbers.size()));
    taken += count;
    out.insert(out.end(), numbers.begin(), numbers.begin() + count);
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace table
