// PackedCache: keeps data that a kernel computed from a tensor's storage alone, such as packed weights. C++17 and
// plain data only, as kernel.hpp.
#pragma once

#include <cstdint>

#include "strata/core/export.hpp"

namespace strata {

struct PackedCache;  // belongs to one storage and is destroyed with it

// `key` identifies an entry by the kind of data and by the offset and shape of the view (packed_key). packed_find()
// returns the holder of the data or null, and the version of the storage from which it was made. When that version is
// old, the data may be computed again in place; then call packed_restamp(). `destroy` is called with the holder when
// the storage dies or the entry is replaced. Calls for one storage are not thread-safe, because kernels run on the
// compute thread only.
STRATA_API void* packed_find(PackedCache* cache, std::uint64_t key, std::uint64_t* version);
STRATA_API void packed_insert(PackedCache* cache, std::uint64_t key, std::uint64_t version, void* holder,
                              void (*destroy)(void*));
STRATA_API void packed_restamp(PackedCache* cache, std::uint64_t key, std::uint64_t version);
// Returns the present version of the storage, which grows with each in-place change. View::version is that of the
// moment when the View was made.
STRATA_API std::uint64_t packed_version(const PackedCache* cache);

}  // namespace strata
