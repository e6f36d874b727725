// A cache of keys and values with room ahead: parts [N,C,K,D], N >= R rows, of which C >= T places are filled up to T.
// Its length is that of `origin`, which grows with it; after Memory::reserve that has room ahead, too, and the length
// is a tensor, so that no shape says how far a sequence has come.
#include "nn/cache_in_place.hpp"

#include <algorithm>

#include "ops/gather_cached.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/shape.hpp"
#include "strata/ops/update.hpp"
#include "strata/tensor/context.hpp"

namespace strata {
namespace {

constexpr std::int64_t kFirstRoom = 32;  // places, doubled when they are full

Tensor region(const Tensor& part, std::int64_t rows, std::int64_t begin, std::int64_t end) {
  return slice(slice(part, 0, 0, rows), 1, begin, end);
}

// `part` [N,C,...] with place for `rows` rows of `room` positions, of which `used` are kept.
Tensor widened(const Tensor& part, std::int64_t rows, std::int64_t used, std::int64_t room) {
  Shape shape = part.shape();
  if (shape[0] >= rows && shape[1] >= room) return part;
  const std::int64_t have = shape[0];
  shape[0] = std::max(have, rows);
  shape[1] = std::max(shape[1], room);
  Tensor wider = Tensor::zeros(shape, part.dtype(), part.device());
  if (used > 0) copy_into(region(wider, have, 0, used), region(part, have, 0, used));
  return wider;
}

// Place for one more part of every row, with room ahead.
Tensor with_room(const Tensor& part, const Tensor& next, std::int64_t used) {
  const std::int64_t rows = next.size(0), time = used + next.size(1);
  const Tensor start = part.defined() ? part : slice(next, 1, 0, 0);
  const std::int64_t have = start.size(1);
  return widened(start, rows, used, have >= time ? have : std::max({kFirstRoom, 2 * have, time}));
}

// Each row's own number, for each of `time` positions.
Tensor own_rows(std::int64_t rows, std::int64_t time) { return expand(unsqueeze(iota(rows), 1), {rows, time}); }

}  // namespace

bool Memory::reserve(std::int64_t read, std::int64_t more) {
  if (!origin.defined() || read < 1) return false;
  const NoGrad scope;
  const std::int64_t rows = origin.size(0), room = read + more;
  for (Tensor& part : state) part = widened(part, rows, read, room);
  origin = widened(contiguous(origin), rows, read, room);
  used = Tensor::full({}, static_cast<double>(read), DType::i64, origin.device());
  return true;
}

void Memory::visit(const std::function<void(Tensor&)>& each) {
  for (Tensor& part : state) each(part);
  if (origin.defined()) each(origin);
  if (used.defined()) each(used);
}

Memory detail::start_in_place(std::int64_t rows, std::size_t parts) {
  Memory cache;
  cache.state.resize(parts);
  cache.origin = Tensor::zeros({rows, 0}, DType::i64);
  return cache;
}

void detail::extend_in_place(Memory& cache, const Tensors& parts) {
  const NoGrad scope;
  const std::int64_t rows = parts[0].size(0), time = parts[0].size(1);
  if (cache.used.defined()) {
    Tensors to = cache.state, from = parts;
    to.push_back(cache.origin);
    from.push_back(own_rows(rows, time));
    copy_into(to, from, cache.used);
    cache.used = affine(cache.used, 1, static_cast<double>(time));
    return;
  }
  const std::int64_t used = cache.origin.size(1);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    cache.state[i] = with_room(cache.state[i], parts[i], used);
    copy_into(region(cache.state[i], rows, used, used + time), parts[i]);
  }
  const Tensor own = own_rows(rows, time);
  cache.origin = used == 0 ? contiguous(own) : concat({cache.origin, own}, 1);
}

Tensor detail::first_key(const Memory& cache, const Mask& mask) {
  const std::int64_t rows = cache.origin.size(0), keys = cache.origin.size(1);
  if (mask.window == 0 || keys <= mask.window) return mask.first_key;
  const Tensor zero = Tensor::zeros({1}, DType::i64, cache.origin.device());
  Tensor first = cache.used.defined()
                     ? maximum(affine(reshape(cache.used, {1}), 1, -static_cast<double>(mask.window)), zero)
                     : affine(zero, 1, static_cast<double>(keys - mask.window));
  first = contiguous(expand(first, {rows}));
  return mask.first_key.defined() ? maximum(first, mask.first_key) : first;
}

Memory detail::in_order(const Memory& cache, Mask& mask) {
  Memory out;
  for (const Tensor& part : cache.state) out.state.push_back(gather_cached(part, cache.origin));
  if (!cache.used.defined()) return out;
  if (mask.causal || mask.window > 0 || mask.keys.defined()) {
    throw Error("E_MODEL_ATTENTION", "[attention]", "a mask by position over keys whose number the device alone knows",
                "set decode.replay to false");
  }
  const std::int64_t rows = cache.origin.size(0), room = cache.origin.size(1);
  mask.keys = expand(unsqueeze(less(iota(room), cache.used), 0), {rows, room});
  return out;
}

}  // namespace strata
