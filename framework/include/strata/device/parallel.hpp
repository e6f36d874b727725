// parallel_for: the one compute executor, compiled in libstrata only. C++17, for kernel files.
#pragma once

#include <cstdint>

#include "strata/core/export.hpp"

namespace strata {

// How many threads a parallel_for uses; set_thread_count takes effect at the next call (1 <= n <= 1024).
STRATA_API int thread_count();
STRATA_API void set_thread_count(int count);

namespace detail {
STRATA_API void parallel_run(std::int64_t begin, std::int64_t end, std::int64_t grain, void* context,
                             void (*body)(void* context, std::int64_t begin, std::int64_t end));
}

// Calls body(first, last) on disjoint, ordered blocks that cover [begin, end); a block has at least `grain` elements
// (but the last). The split depends on the range and the thread count alone, so that results repeat. A nested call runs
// in the caller. The first exception of a block is rethrown when all have ended.
template <class Body>
void parallel_for(std::int64_t begin, std::int64_t end, std::int64_t grain, const Body& body) {
  detail::parallel_run(
      begin, end, grain, const_cast<Body*>(&body),
      [](void* context, std::int64_t first, std::int64_t last) { (*static_cast<const Body*>(context))(first, last); });
}

}  // namespace strata
