// What is computed from a storage alone is kept with it. C++17 and POD only, as kernel.hpp.
#pragma once

#include <cstdint>

#include "strata/core/export.hpp"

namespace strata {

struct DerivedCache;  // hangs on a storage and dies with it: packed weights, low-precision copies

// `key` names the kind of derivation, offset and shape of the view included (derived_key). find returns null if there
// is none, and tells the version it was made from: when that is stale the holder may be refilled in place (then
// restamp). `destroy` runs when the storage dies or the entry is replaced. Not thread-safe for one storage: kernels run
// on the compute thread only.
STRATA_API void* derived_find(DerivedCache* cache, std::uint64_t key, std::uint64_t* version);
STRATA_API void derived_insert(DerivedCache* cache, std::uint64_t key, std::uint64_t version, void* holder,
                               void (*destroy)(void*));
STRATA_API void derived_restamp(DerivedCache* cache, std::uint64_t key, std::uint64_t version);
// How often the storage has been changed in place, now; a View has it as of its making.
STRATA_API std::uint64_t derived_version(const DerivedCache* cache);

}  // namespace strata
