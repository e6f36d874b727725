// Keys and values that stay where they were written (Memory::origin). Private to libstrata.
#pragma once

#include "strata/nn/attention.hpp"

namespace strata::detail {

// Returns an empty memory for `rows` rows, with this number of parts.
Memory start_in_place(std::int64_t rows, std::size_t parts);
// One more part of every row: each of `parts` [R,T,K,D] goes behind what the cache's part of the same number holds.
void extend_in_place(Memory& cache, const Tensors& parts);
// Returns Mask::first_key for one query after the last key of the cache, with the rule `window` in it; undefined when
// every row reads all keys.
Tensor first_key(const Memory& cache, const Mask& mask);
// As prepare() and append() of HeadAttention leave a memory: parts [R,K,T,D], each row's own. `mask` then hides what is
// not there yet. E_MODEL_ATTENTION where that depends on the place of a query, which the device alone knows.
Memory in_order(const Memory& cache, Mask& mask);

}  // namespace strata::detail
