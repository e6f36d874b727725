// parallel_for: runs a loop on the threads of the process's only thread pool, which is in libstrata. C++17, for kernel
// files.
#pragma once

#include <cstdint>

#include "strata/core/export.hpp"

namespace strata {

// Returns the number of threads that parallel_for() uses, the calling thread included. The default is the environment
// variable STRATA_THREADS, or the number of cores that this process may use (usable_cores). Throws E_USAGE_THREADS when
// STRATA_THREADS is not a number from 1 to 1024.
STRATA_API int thread_count();

// Sets the number of threads for the next parallel_for(), 1 <= count <= 1024. Do not call it while another thread is in
// a parallel_for().
STRATA_API void set_thread_count(int count);

// Returns the index of this thread in the running parallel_for(), 0 <= worker_index() < thread_count(); 0 outside of
// one. A kernel that needs scratch memory for each thread allocates thread_count() pieces and uses the one with this
// index.
STRATA_API int worker_index();

namespace detail {
STRATA_API void parallel_run(std::int64_t begin, std::int64_t end, std::int64_t grain, void* context,
                             void (*body)(void* context, std::int64_t begin, std::int64_t end));
}

// Calls body(first, last) on disjoint, ordered blocks that cover [begin, end): at most 32, each of at least `grain`
// elements. The blocks depend on the range and the grain alone, never on the number of threads, so that results are the
// same to the bit for any number of threads; which thread runs a block is decided at run time. A nested call runs its
// blocks one after the other on the calling thread. When all blocks have ended, the exception of the first failed block
// is rethrown. Throws E_MEMORY_THREADS when a thread cannot be started.
template <class Body>
void parallel_for(std::int64_t begin, std::int64_t end, std::int64_t grain, const Body& body) {
  detail::parallel_run(
      begin, end, grain, const_cast<Body*>(&body),
      [](void* context, std::int64_t first, std::int64_t last) { (*static_cast<const Body*>(context))(first, last); });
}

}  // namespace strata
