// Batch: the token ids of a few sentence pairs as padded rows in host memory.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "strata/core/export.hpp"

namespace strata {

struct Example;

// B pairs. Ts and Tt are the lengths of the longest source and target rows; shorter rows are padded with kPad on the
// right. All arrays are row-major.
struct STRATA_API Batch {
  std::int64_t size = 0, source_time = 0, target_time = 0;   // B, Ts, Tt
  std::vector<std::int32_t> source;                          // [B,Ts]: the source tokens, then </s>
  std::vector<std::int32_t> target_in;                       // [B,Tt]: <s>, then the target tokens
  std::vector<std::int32_t> target_out;                      // [B,Tt]: the target tokens, then </s>
  std::vector<std::int32_t> source_lengths, target_lengths;  // [B]: lengths, </s> included
  std::vector<std::int64_t> indices;                         // [B]: position of each pair in its split
  std::int64_t epoch = 0, position = 0;  // the batch is number `position` of epoch `epoch`, both from 0
  bool last = false;                     // true for the last batch of the epoch

  std::int64_t source_tokens() const noexcept;  // number of source tokens, one </s> for each pair included, padding not
  std::int64_t target_tokens() const noexcept;  // number of target tokens, counted in the same way
};

// Makes a batch of the examples, in their order.
STRATA_API Batch make_batch(std::span<const Example> examples);

}  // namespace strata
