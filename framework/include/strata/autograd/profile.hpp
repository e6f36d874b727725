// Profile: how often each op ran, how long, and which kernel served it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "strata/core/export.hpp"

namespace strata {

// Counts of op calls. Point Context::profile to one, and every op call of that scope is added to it. Times are
// inclusive: the time of a composition contains that of the ops which it calls, and these have rows of their own.
class STRATA_API Profile {
 public:
  // Counts for one op in one phase by one kernel.
  struct Row {
    std::int64_t calls = 0;        // how often it ran
    std::int64_t nanoseconds = 0;  // total time of the calls
  };
  // (op, "forward" | "backward", provider | "composition" | "vjp" | "view")
  using Key = std::tuple<std::string, std::string, std::string>;

  // Adds one call.
  void add(const char* op, const char* phase, const char* provider, std::int64_t nanoseconds);
  // The counts for each (op, phase, provider).
  const std::map<Key, Row>& rows() const { return rows_; }
  // The counts as a text table, one line for each row, the longest total time first.
  std::string table() const;

 private:
  std::map<Key, Row> rows_;
};

}  // namespace strata
