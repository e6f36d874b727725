#include "kept.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <vector>

#include "kernels/dense.hpp"
#include "kernels/epilogue.hpp"
#include "kernels/rounding.hpp"
#include "kernels/split.hpp"
#include "queue.hpp"
#include "strata/device/packed_cache.hpp"

namespace strata::cuda {
namespace {

// A copy, which dies with the weight's storage.
struct Kept {
  Device* device;
  void* stream;
  View weight, copy;
  CopyForm form;
  std::uint64_t key;
  std::uint64_t group = 0;  // those of weights that an update changes together have one; 0: not known

  bool stale() const {
    std::uint64_t made = 0;
    (void)packed_find(weight.packed, key, &made);
    return made != packed_version(weight.packed);
  }
  void is_fresh() const { packed_restamp(weight.packed, key, packed_version(weight.packed)); }
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

std::uint64_t key_of(const View& weight, CopyForm form) {
  constexpr const char* kNames[] = {"cuda.bf16", "cuda.f16", "cuda.split", "cuda.split.stacked"};
  return packed_key(kNames[static_cast<int>(form)], weight);
}
Kept* find(const View& weight, CopyForm form) {
  std::uint64_t version = 0;
  return static_cast<Kept*>(packed_find(weight.packed, key_of(weight, form), &version));
}

bool is_split(CopyForm form) { return form == CopyForm::split || form == CopyForm::split_stacked; }
SplitCopy split_of(const View& weight, CopyForm form, float* to) {
  const std::int64_t length = weight.size(-1);
  return {{weight.as<const float>(), weight.numel() / length, length, length},
          {Side::right, form == CopyForm::split_stacked},
          to};
}
View shape_of(const View& weight, CopyForm form) {
  if (!is_split(form)) {
    return dense_view(nullptr, form == CopyForm::bf16 ? DType::bf16 : DType::f16, weight.shape, weight.rank);
  }
  const SplitCopy copy = split_of(weight, form, nullptr);
  return dense_matrix(nullptr, DType::f32, 1, copy.form.size(copy.from));
}

bool plain(const View& weight) { return weight.dtype == DType::f32 && weight.contiguous(); }

// Of one form, all plain.
void fill_together(const std::vector<const Kept*>& all, CopyForm form, void* stream) {
  const auto count = static_cast<std::int32_t>(all.size());
  if (is_split(form)) {
    std::vector<SplitCopy> copies;
    for (const Kept* one : all) copies.push_back(split_of(one->weight, form, one->copy.as<float>()));
    return split_together(copies.data(), count, stream);
  }
  std::vector<RoundedPair> pairs;
  for (const Kept* one : all) pairs.push_back({&one->weight, &one->copy});
  round_together(pairs.data(), count, all[0]->copy.dtype, stream);
}

void fill(const Kept& one) {
  if (plain(one.weight)) return fill_together({&one}, one.form, one.stream);
  copy_converted(one.weight, one.copy, false, one.stream);
}

// `one`, and the stale copies of its form of all weights that change with it: what a recorded step converts lives as
// long as the update that is recorded with it.
void renew(const Kept& one) {
  if (one.group == 0 || !plain(one.weight)) {
    fill(one);
    return one.is_fresh();
  }
  const std::lock_guard lock(all_kept().mutex);
  std::vector<const Kept*> stale;
  for (const Kept* other : all_kept().list) {
    const bool same = other->group == one.group && other->form == one.form && other->stream == one.stream;
    if (same && plain(other->weight) && other->stale()) stale.push_back(other);
  }
  fill_together(stale, one.form, one.stream);
  for (const Kept* other : stale) other->is_fresh();
}

}  // namespace

View kept_copy(const View& weight, CopyForm form, void* stream) {
  if (const Kept* kept = find(weight, form); kept != nullptr) {
    if (kept->stale()) renew(*kept);
    return kept->copy;
  }
  Device* device = queue_of(stream).device;
  std::unique_ptr<Kept, void (*)(void*)> made(
      new Kept{device, stream, weight, shape_of(weight, form), form, key_of(weight, form)}, destroy);
  made->copy.data = device->allocate(bytes_of(made->copy));
  fill(*made);
  {
    const std::lock_guard lock(all_kept().mutex);
    all_kept().list.push_back(made.get());
  }
  Kept* const kept = made.get();
  packed_insert(weight.packed, kept->key, weight.version, made.release(), destroy);
  return kept->copy;
}

void changes_together(const View* parameters, std::int32_t count) {
  if (count == 0) return;
  const std::uint64_t group = parameters[0].storage;
  for (std::int32_t i = 0; i < count; ++i) {
    if (parameters[i].packed == nullptr) continue;
    for (const CopyForm form : {CopyForm::bf16, CopyForm::f16, CopyForm::split, CopyForm::split_stacked}) {
      if (Kept* kept = find(parameters[i], form); kept != nullptr) kept->group = group;
    }
  }
}

}  // namespace strata::cuda
