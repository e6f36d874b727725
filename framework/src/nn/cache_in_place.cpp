// A cache of keys and values with room ahead: parts [N,C,K,D], N >= R rows, of which C >= T places are filled up to T.
#include "nn/cache_in_place.hpp"

#include <algorithm>

#include "ops/gather_cached.hpp"
#include "strata/autograd/context.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/shape.hpp"

namespace strata::detail {
namespace {

constexpr std::int64_t kFirstRoom = 32;  // places, doubled when they are full

Tensor region(const Tensor& part, std::int64_t rows, std::int64_t begin, std::int64_t end) {
  return slice(slice(part, 0, 0, rows), 1, begin, end);
}

// `part` with place for `rows` rows of `time` positions, of which `used` are kept.
Tensor with_room(const Tensor& part, const Tensor& next, std::int64_t rows, std::int64_t used, std::int64_t time) {
  const std::int64_t have_rows = part.defined() ? part.size(0) : 0, have = part.defined() ? part.size(1) : 0;
  if (have_rows >= rows && have >= time) return part;
  const std::int64_t room = have >= time ? have : std::max({kFirstRoom, 2 * have, time});
  Tensor wider =
      Tensor::zeros({std::max(have_rows, rows), room, next.size(2), next.size(3)}, next.dtype(), next.device());
  if (used > 0) copy_into(region(wider, have_rows, 0, used), region(part, have_rows, 0, used));
  return wider;
}

}  // namespace

Memory start_in_place(std::int64_t rows) {
  Memory cache;
  cache.state.resize(2);
  cache.origin = Tensor::zeros({rows, 0}, DType::i64);
  return cache;
}

void extend_in_place(Memory& cache, const Tensors& parts) {
  const NoGrad scope;
  const std::int64_t rows = parts[0].size(0), time = parts[0].size(1), used = cache.origin.size(1);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    cache.state[i] = with_room(cache.state[i], parts[i], rows, used, used + time);
    copy_into(region(cache.state[i], rows, used, used + time), parts[i]);
  }
  const Tensor own = expand(unsqueeze(iota(rows), 1), {rows, time});
  cache.origin = used == 0 ? contiguous(own) : concat({cache.origin, own}, 1);
}

Memory in_order(const Memory& cache) {
  Memory out;
  for (const Tensor& part : cache.state) out.state.push_back(gather_cached(part, cache.origin));
  return out;
}

}  // namespace strata::detail
