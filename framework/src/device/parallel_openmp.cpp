// The compute executor over OpenMP: the runtime that oneDNN uses too, so that one team of threads serves both.
#ifdef STRATA_OPENMP
#include <omp.h>

#include <algorithm>
#include <exception>

#include "device/blocks.hpp"
#include "strata/device/parallel.hpp"

namespace strata {

int thread_count() { return omp_get_max_threads(); }
void set_thread_count(int count) { omp_set_num_threads(std::clamp(count, 1, 1024)); }

void detail::parallel_run(std::int64_t begin, std::int64_t end, std::int64_t grain, void* context,
                          void (*body)(void*, std::int64_t, std::int64_t)) {
  if (begin >= end) return;
  const Blocks blocks(begin, end, grain, omp_in_parallel() != 0 ? 1 : thread_count());
  if (blocks.count == 1) return body(context, begin, end);
  std::exception_ptr failure;
#pragma omp parallel for schedule(static, 1) num_threads(static_cast <int>(blocks.count))
  for (std::int64_t block = 0; block < blocks.count; ++block) {
    try {
      body(context, blocks.first(block), blocks.first(block + 1));
    } catch (...) {
#pragma omp critical(strata_parallel_failure)
      if (failure == nullptr) failure = std::current_exception();
    }
  }
  if (failure != nullptr) std::rethrow_exception(failure);
}

}  // namespace strata
#endif
