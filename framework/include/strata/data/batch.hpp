// Batch: padded ids of a few pairs, as plain rows.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "strata/core/export.hpp"

namespace strata {

struct Example;

// B pairs, Ts and Tt the longest rows. Rows are right-padded with kPad, row-major.
struct STRATA_API Batch {
  std::int64_t size = 0, source_time = 0, target_time = 0;   // B, Ts, Tt
  std::vector<std::int32_t> source;                          // [B,Ts] x </s>
  std::vector<std::int32_t> target_in;                       // [B,Tt] <s> y
  std::vector<std::int32_t> target_out;                      // [B,Tt] y </s>
  std::vector<std::int32_t> source_lengths, target_lengths;  // [B] with </s>
  std::vector<std::int64_t> indices;                         // [B] position of each pair in its split
  std::int64_t epoch = 0, position = 0;                      // this is batch `position` of epoch `epoch`
  bool last = false;                                         // the epoch's last batch

  std::int64_t source_tokens() const noexcept;  // without padding
  std::int64_t target_tokens() const noexcept;  // with one </s> a pair, as source_tokens
};

// Puts examples into rows, in their order.
STRATA_API Batch make_batch(std::span<const Example> examples);

}  // namespace strata
