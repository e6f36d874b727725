// RandomRecord: which random numbers this thread asks for. Private to libstrata.
#pragma once

#include <vector>

#include "strata/core/export.hpp"
#include "strata/ops/random.hpp"

namespace strata::detail {

// As long as it lives, each call of uniform(), and each of dropout(), dropout_add() and sdpa() that drops, adds its
// key. Backward, which draws the same numbers again, adds none. The innermost record of a thread takes them.
class STRATA_API RandomRecord {
 public:
  RandomRecord() noexcept;
  ~RandomRecord();
  RandomRecord(const RandomRecord&) = delete;
  RandomRecord& operator=(const RandomRecord&) = delete;

  const std::vector<RandomKey>& keys() const noexcept { return keys_; }
  static void add(const RandomKey& key);

 private:
  std::vector<RandomKey> keys_;
  RandomRecord* outer_;
};

}  // namespace strata::detail
