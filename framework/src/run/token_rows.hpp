// Rows of token ids out of batches of language models.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "strata/data/batch.hpp"
#include "strata/data/feed.hpp"

namespace strata::detail {

// Returns the rows of the column `name` of a batch, without their padding.
std::vector<std::vector<std::int32_t>> rows_of(const Batch& batch, const std::string& name);

// Returns the row of tokens that a feed of texts makes of a text. Throws what Feed::inputs() throws.
std::vector<std::int32_t> input_row(const Feed& feed, std::string_view text);

}  // namespace strata::detail
