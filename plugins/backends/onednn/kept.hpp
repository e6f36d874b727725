// What is computed from a weight alone and kept with its storage: packed layouts, copies in bf16.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

#include "strata/device/kernel.hpp"

namespace strata::onednn {

// 64-byte aligned memory that dies with a storage.
struct Kept {
  void* data;
  static void destroy(void* self) {
    auto* kept = static_cast<Kept*>(self);
    ::operator delete (kept->data, std::align_val_t{64});
    delete kept;
  }
};

// `bytes` bytes of the weight's storage under `key`, filled by fill(data) at first and again when the weight has
// changed; of a weight that is not constant, memory of this call.
template <class Fill>
const void* kept_with(const View& weight, std::uint64_t key, std::size_t bytes, Workspace& workspace,
                      const Fill& fill) {
  if (!weight.constant || weight.packed == nullptr) {
    void* made = workspace.allocate(&workspace, bytes);
    fill(made);
    return made;
  }
  std::uint64_t version = 0;
  auto* held = static_cast<Kept*>(packed_find(weight.packed, key, &version));
  if (held == nullptr) {
    held = new Kept{::operator new (bytes, std::align_val_t{64})};
    fill(held->data);
    packed_insert(weight.packed, key, weight.version, held, Kept::destroy);
  } else if (version != weight.version) {
    fill(held->data);
    packed_restamp(weight.packed, key, weight.version);
  }
  return held->data;
}

}  // namespace strata::onednn
