// A step makes new tensors for what it knows; after it they are copied to where the old ones are, so that the next
// step, the same work on the same addresses, reads them there.
#include "decode/in_place_steps.hpp"

#include <algorithm>
#include <mutex>
#include <string>

#include "strata/core/error.hpp"
#include "strata/core/log.hpp"
#include "strata/ops/shape.hpp"
#include "strata/ops/update.hpp"
#include "tensor/impl.hpp"

namespace strata::detail {
namespace {

const Storage* storage_of(const Tensor& x) { return x.impl()->storage.get(); }

// Whether nothing else lies in its memory.
bool whole(const Tensor& x) {
  return x.contiguous() && storage_of(x)->bytes == static_cast<std::size_t>(x.numel()) * size_of(x.dtype());
}

// Of a dense y.
bool same_memory(const Tensor& x, const Tensor& y) {
  return storage_of(x) == storage_of(y) && x.impl()->offset == y.impl()->offset && x.contiguous();
}

bool among(const Tensors& tensors, const Tensor& x) {
  return std::any_of(tensors.begin(), tensors.end(), [&](const Tensor& y) { return storage_of(y) == storage_of(x); });
}

Tensor copied(const Tensor& x) {
  Tensor copy = Tensor::empty(x.shape(), x.dtype(), x.device());
  copy_into(copy, x);
  return copy;
}

}  // namespace

InPlaceSteps::InPlaceSteps(Generator& generator, Generator::State& state)
    : generator_(generator),
      state_(state),
      replay_([this](const Tensors& inputs) { return Tensors{step(inputs[0])}; }, true, tell) {
  // Each part is written on its own: two of them may not share memory, nor be a view of something else.
  for (const Tensor& part : parts()) {
    held_.push_back(among(held_, part) || !whole(part) ? copied(part) : part);
  }
  put(held_);
}

void InPlaceSteps::tell(const std::string& reason) {
  static std::once_flag once;
  std::call_once(once, [&] { log_info("decoding steps are not replayed: " + reason); });
}

Tensors InPlaceSteps::parts() {
  Tensors all;
  generator_.visit(state_, [&](Tensor& part) { all.push_back(part); });
  return all;
}

void InPlaceSteps::put(const Tensors& parts) {
  auto next = parts.begin();
  generator_.visit(state_, [&](Tensor& part) { part = *next++; });
}

Tensor InPlaceSteps::operator()(const Tensor& moves) { return replay_({moves})[0]; }

Tensor InPlaceSteps::step(const Tensor& moves) {
  put(held_);  // what an attempt to take the step down left in their place was never computed
  generator_.reorder(state_, select(moves, 0, 1), {});
  Tensor logits = generator_.step(state_, select(moves, 0, 0));
  settle();
  return logits;
}

void InPlaceSteps::settle() {
  const Tensors now = parts();
  holds_ = now.size() == held_.size();
  for (std::size_t i = 0; holds_ && i < now.size(); ++i) {
    holds_ = now[i].shape() == held_[i].shape() && now[i].dtype() == held_[i].dtype();
  }
  if (!holds_) return;
  Tensors to, from;
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (same_memory(now[i], held_[i])) continue;
    to.push_back(held_[i]);
    from.push_back(among(held_, now[i]) ? copied(now[i]) : now[i]);
  }
  copy_into(to, from);
  put(held_);
}

}  // namespace strata::detail
