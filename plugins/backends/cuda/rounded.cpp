#include "rounded.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <vector>

#include "kernels/dense.hpp"
#include "kernels/epilogue.hpp"
#include "kernels/rounding.hpp"
#include "queue.hpp"
#include "strata/device/derived.hpp"

namespace strata::cuda {
namespace {

// A copy, which dies with the weight's storage.
struct Kept {
  Device* device;
  void* stream;
  View weight, copy;
  std::uint64_t key;
  std::uint64_t group = 0;  // those of weights that an update changes together have one; 0: not known

  bool stale() const {
    std::uint64_t made = 0;
    (void)derived_find(weight.derived, key, &made);
    return made != derived_version(weight.derived);
  }
  void is_fresh() const { derived_restamp(weight.derived, key, derived_version(weight.derived)); }
};

struct AllKept {
  std::mutex mutex;  // storages may die on any thread
  std::vector<Kept*> list;
};
AllKept& all_kept() {
  static auto* one = new AllKept;  // never destroyed: a storage may die after what is static here would have
  return *one;
}

std::size_t bytes_of(const View& copy) { return static_cast<std::size_t>(copy.numel()) * size_of(copy.dtype); }

void destroy(void* self) {
  const std::unique_ptr<Kept> kept(static_cast<Kept*>(self));
  if (kept->copy.data != nullptr) kept->device->release(kept->copy.data, bytes_of(kept->copy));
  const std::lock_guard lock(all_kept().mutex);
  std::vector<Kept*>& list = all_kept().list;
  list.erase(std::remove(list.begin(), list.end(), self), list.end());
}

std::uint64_t key_of(const View& weight, DType dtype) {
  return derived_key(dtype == DType::bf16 ? "cuda.bf16" : "cuda.f16", weight);
}
Kept* find(const View& weight, DType dtype) {
  std::uint64_t version = 0;
  return static_cast<Kept*>(derived_find(weight.derived, key_of(weight, dtype), &version));
}

bool plain(const View& weight) { return weight.dtype == DType::f32 && weight.contiguous(); }

// `one`, and the stale copies of its kind of all weights that change with it: what a recorded step converts lives as
// long as the update that is recorded with it.
void renew(const Kept& one) {
  if (one.group == 0 || !plain(one.weight)) {
    copy_converted(one.weight, one.copy, false, one.stream);
    return one.is_fresh();
  }
  const std::lock_guard lock(all_kept().mutex);
  std::vector<const Kept*> stale;
  for (const Kept* other : all_kept().list) {
    const bool same = other->group == one.group && other->copy.dtype == one.copy.dtype && other->stream == one.stream;
    if (same && plain(other->weight) && other->stale()) stale.push_back(other);
  }
  std::vector<RoundedPair> pairs;
  for (const Kept* other : stale) pairs.push_back({&other->weight, &other->copy});
  round_together(pairs.data(), static_cast<std::int32_t>(pairs.size()), one.copy.dtype, one.stream);
  for (const Kept* other : stale) other->is_fresh();
}

}  // namespace

View rounded(const View& weight, DType dtype, void* stream) {
  if (const Kept* kept = find(weight, dtype); kept != nullptr) {
    if (kept->stale()) renew(*kept);
    return kept->copy;
  }
  Device* device = queue_of(stream).device;
  std::unique_ptr<Kept, void (*)(void*)> made(new Kept{device, stream, weight, {}, key_of(weight, dtype)}, destroy);
  View& copy = made->copy;
  copy = dense_view(nullptr, dtype, weight.shape, weight.rank);
  copy.data = device->allocate(bytes_of(copy));
  copy_converted(weight, copy, false, stream);
  {
    const std::lock_guard lock(all_kept().mutex);
    all_kept().list.push_back(made.get());
  }
  Kept* const kept = made.get();
  derived_insert(weight.derived, kept->key, weight.version, made.release(), destroy);
  return kept->copy;
}

void changes_together(const View* parameters, std::int32_t count) {
  if (count == 0) return;
  const std::uint64_t group = parameters[0].storage;
  for (std::int32_t i = 0; i < count; ++i) {
    if (parameters[i].derived == nullptr) continue;
    for (const DType dtype : {DType::bf16, DType::f16}) {
      if (Kept* kept = find(parameters[i], dtype); kept != nullptr) kept->group = group;
    }
  }
}

}  // namespace strata::cuda
