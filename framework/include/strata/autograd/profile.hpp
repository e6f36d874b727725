// Profile: how often each op ran, how long, and which kernel served it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "strata/core/export.hpp"

namespace strata {

// Set Context::profile to one; every op call of the scope is added. Times are inclusive: a composition contains the ops
// that it calls, which are listed, too.
class STRATA_API Profile {
 public:
  // Of one op, phase and kernel.
  struct Row {
    std::int64_t calls = 0;        // how often it ran
    std::int64_t nanoseconds = 0;  // of all calls together
  };
  // (op, "forward" | "backward", provider | "composition" | "vjp" | "view")
  using Key = std::tuple<std::string, std::string, std::string>;

  // Counts one call.
  void add(const char* op, const char* phase, const char* provider, std::int64_t nanoseconds);
  // By op, phase and kernel.
  const std::map<Key, Row>& rows() const { return rows_; }
  // A table, longest first; one line a row.
  std::string table() const;

 private:
  std::map<Key, Row> rows_;
};

}  // namespace strata
