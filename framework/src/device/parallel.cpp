// The compute executor: how many threads, and parallel_for over the pool of them.
#include "strata/device/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <string>
#include <string_view>

#include "device/blocks.hpp"
#include "device/thread_pool.hpp"
#include "strata/core/error.hpp"
#include "strata/device/usable_cores.hpp"

namespace strata {
namespace {

constexpr int kMostThreads = 1024;
std::atomic<int> asked_for{0};  // 0: nothing was

int default_count() {
  const char* given = std::getenv("STRATA_THREADS");
  if (given == nullptr || *given == '\0') return std::min(usable_cores(), kMostThreads);
  char* end = nullptr;
  const long count = std::strtol(given, &end, 10);
  if (*end != '\0' || count < 1 || count > kMostThreads) {
    throw Error("E_USAGE_THREADS", "STRATA_THREADS", "'" + std::string(given) + "' is no number of threads",
                "1 to " + std::to_string(kMostThreads) + "; unset, it is the cores that this process may use");
  }
  return static_cast<int>(count);
}

}  // namespace

int thread_count() {
  const int count = asked_for.load(std::memory_order_relaxed);
  if (count > 0) return count;
  static const int by_default = default_count();
  return by_default;
}

void set_thread_count(int count) { asked_for = std::clamp(count, 1, kMostThreads); }

int worker_index() { return ThreadPool::index(); }

void detail::parallel_run(std::int64_t begin, std::int64_t end, std::int64_t grain, void* context,
                          void (*body)(void*, std::int64_t, std::int64_t)) {
  if (begin >= end) return;
  const Blocks blocks(begin, end, grain);
  if (blocks.count == 1) return body(context, begin, end);
  const int threads = ThreadPool::inside() ? 1 : thread_count();
  if (threads > 1 && ThreadPool::instance().run(blocks, threads, context, body)) return;
  for (std::int64_t block = 0; block < blocks.count; ++block) {
    body(context, blocks.first(block), blocks.first(block + 1));
  }
}

}  // namespace strata
