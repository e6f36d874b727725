// Storage: a block of device memory with an id that is never reused, and what was packed from it.
#include <atomic>

#include "tensor/impl.hpp"

namespace strata {
namespace {
std::atomic<std::uint64_t> next_id{1};
}

Storage::Storage(std::shared_ptr<Device> where, std::size_t size)
    : device(std::move(where)), data(device->allocate(size)), bytes(size), id(next_id.fetch_add(1)) {}

Storage::~Storage() { device->release(data, bytes); }

PackedCache::~PackedCache() {
  for (const Entry& entry : entries) entry.destroy(entry.holder);
}

std::uint64_t packed_version(const PackedCache* cache) { return cache->version; }

void* packed_find(PackedCache* cache, std::uint64_t key, std::uint64_t* version) {
  for (const PackedCache::Entry& entry : cache->entries) {
    if (entry.key != key) continue;
    *version = entry.version;
    return entry.holder;
  }
  return nullptr;
}

void packed_insert(PackedCache* cache, std::uint64_t key, std::uint64_t version, void* holder, void (*destroy)(void*)) {
  for (PackedCache::Entry& entry : cache->entries) {
    if (entry.key != key) continue;
    entry.destroy(entry.holder);
    entry = {key, version, holder, destroy};
    return;
  }
  cache->entries.push_back({key, version, holder, destroy});
}

void packed_restamp(PackedCache* cache, std::uint64_t key, std::uint64_t version) {
  for (PackedCache::Entry& entry : cache->entries) {
    if (entry.key == key) entry.version = version;
  }
}

}  // namespace strata
