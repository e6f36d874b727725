// The keys of a cache, each row's own side by side: what sdpa_cached is composed of. Private to libstrata.
#pragma once

#include "strata/ops/elementwise.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/shape.hpp"

namespace strata::detail {

// cache [N,C,K,D], origin i64 [R,T] -> [R,K,T,D]
inline Tensor gather_cached(const Tensor& cache, const Tensor& origin) {
  const std::int64_t rows = origin.size(0), time = origin.size(1), room = cache.size(1);
  const Tensor at = affine(origin, static_cast<double>(room), 0) + unsqueeze(iota(time), 0);  // [R,T]
  const Tensor flat = reshape(cache, {cache.size(0) * room, cache.size(2) * cache.size(3)});
  const Tensor found = index_rows(flat, reshape(at, {rows * time}));
  return permute(reshape(found, {rows, time, cache.size(2), cache.size(3)}), {0, 2, 1, 3});
}

}  // namespace strata::detail
