// What is computed from a weight alone and kept with its storage: packed layouts, copies in bf16.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

#include "strata/device/kernel.hpp"

namespace strata::onednn {

// 64-byte aligned memory that dies with a storage; null while nothing is kept.
struct Kept {
  void* data = nullptr;
  std::int64_t uses = 0;  // since the weight changed last

  void release() {
    ::operator delete (data, std::align_val_t{64});
    data = nullptr;
  }
  static void destroy(void* self) {
    auto* kept = static_cast<Kept*>(self);
    kept->release();
    delete kept;
  }
};

// `bytes` bytes that fill(data) computes from the weight. From the second use of a weight that has not changed they are
// kept under `key` with its storage; of one that changes after every use, as in training, and of one that is not
// constant, they are memory of this call, since copies of all weights would take as much memory as these.
template <class Fill>
const void* kept_with(const View& weight, std::uint64_t key, std::size_t bytes, Workspace& workspace,
                      const Fill& fill) {
  const auto of_this_call = [&] {
    void* made = workspace.allocate(&workspace, bytes);
    fill(made);
    return made;
  };
  if (!weight.constant || weight.packed == nullptr) return of_this_call();
  std::uint64_t version = 0;
  auto* held = static_cast<Kept*>(packed_find(weight.packed, key, &version));
  if (held == nullptr) {
    held = new Kept;
    packed_insert(weight.packed, key, weight.version, held, Kept::destroy);
  } else if (version != weight.version) {
    packed_restamp(weight.packed, key, weight.version);
    if (held->uses < 2) held->release();
    held->uses = 0;
    if (held->data != nullptr) fill(held->data);
  }
  ++held->uses;
  if (held->data != nullptr) return held->data;
  if (held->uses < 2) return of_this_call();
  held->data = ::operator new (bytes, std::align_val_t{64});
  fill(held->data);
  return held->data;
}

}  // namespace strata::onednn
