// Rows of token ids as a batch of a language model, and back.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "strata/data/batch.hpp"
#include "strata/data/feed.hpp"

namespace strata::detail {

// Makes the columns `name` ids [B,T] and NAME_lengths ids [B] of rows of ids, padded on the right with `pad`, or with 0
// when that is -1. numbers: Batch::indices; empty: 0, 1, 2, ...
Batch token_batch(std::span<const std::vector<std::int32_t>> rows, const std::string& name, std::int32_t pad,
                  std::span<const std::int64_t> numbers = {});

// Returns the rows of the column `name` of a batch, without their padding.
std::vector<std::vector<std::int32_t>> rows_of(const Batch& batch, const std::string& name);

// Returns the row of tokens that a feed of texts makes of a text. Throws what Feed::inputs() throws.
std::vector<std::int32_t> input_row(const Feed& feed, std::string_view text);

}  // namespace strata::detail
