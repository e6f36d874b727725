// Profile: the table of op times.
#include "strata/autograd/profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace strata {

void Profile::add(const char* op, const char* phase, const char* provider, std::int64_t nanoseconds) {
  Row& row = rows_[Key{op, phase, provider}];
  ++row.calls;
  row.nanoseconds += nanoseconds;
}

std::string Profile::table() const {
  std::vector<std::pair<Key, Row>> sorted(rows_.begin(), rows_.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second.nanoseconds > b.second.nanoseconds; });
  std::string text =
      fmt::format("{:24} {:9} {:12} {:>9} {:>12} {:>10}\n", "op", "phase", "kernel", "calls", "ms", "us/call");
  for (const auto& [key, row] : sorted) {
    const double ms = static_cast<double>(row.nanoseconds) * 1e-6;
    text += fmt::format("{:24} {:9} {:12} {:9} {:12.3f} {:10.2f}\n", std::get<0>(key), std::get<1>(key),
                        std::get<2>(key), row.calls, ms, ms * 1e3 / static_cast<double>(row.calls));
  }
  return text;
}

}  // namespace strata
