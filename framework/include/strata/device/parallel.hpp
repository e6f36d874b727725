// parallel_for: the one compute executor, compiled in libstrata only. C++17, for kernel files.
#pragma once

#include <cstdint>

#include "strata/core/export.hpp"

namespace strata {

// How many threads a parallel_for uses, the caller among them. At first that is STRATA_THREADS, else the number of
// cores that this process may use: its affinity and the CPU quota of its control group, rounded up. Throws
// E_USAGE_THREADS where STRATA_THREADS is no number from 1 to 1024.
STRATA_API int thread_count();

// Takes effect at the next parallel_for, 1 <= count <= 1024; not while another thread is inside one.
STRATA_API void set_thread_count(int count);

// 0 <= worker_index() < thread_count(): which of the threads of the running parallel_for this is; 0 outside of one. A
// kernel that needs scratch memory for each thread takes thread_count() pieces and uses this one's.
STRATA_API int worker_index();

namespace detail {
STRATA_API void parallel_run(std::int64_t begin, std::int64_t end, std::int64_t grain, void* context,
                             void (*body)(void* context, std::int64_t begin, std::int64_t end));
}

// Calls body(first, last) on disjoint, ordered blocks that cover [begin, end): at most 32, each of at least `grain`
// elements. The blocks depend on the range and the grain alone, never on the number of threads, so that results are the
// same to the bit on any machine; which thread takes a block is decided at run time. A nested call runs in the caller,
// block by block. The exception of the first block that failed is rethrown when all have ended. Throws E_MEMORY_THREADS
// where a thread cannot be started.
template <class Body>
void parallel_for(std::int64_t begin, std::int64_t end, std::int64_t grain, const Body& body) {
  detail::parallel_run(
      begin, end, grain, const_cast<Body*>(&body),
      [](void* context, std::int64_t first, std::int64_t last) { (*static_cast<const Body*>(context))(first, last); });
}

}  // namespace strata
