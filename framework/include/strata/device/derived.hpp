// What is kept with a storage beside its derived values: see derived_find in kernel.hpp.
#pragma once

#include <cstdint>

#include "strata/core/export.hpp"

namespace strata {

struct DerivedCache;

// How often the storage that `cache` belongs to has been changed in place, now: a View has it as of its making.
STRATA_API std::uint64_t derived_version(const DerivedCache* cache);

}  // namespace strata
