#include "queue.hpp"

#include <cstdlib>
#include <map>
#include <mutex>
#include <string_view>

#include "strata/core/error.hpp"

namespace strata::cuda {
namespace {

struct Queues {
  std::mutex mutex;
  std::map<void*, Queue> all;
};
// Never destroyed: a device may end after what is static here would have.
Queues& queues() {
  static auto* one = new Queues;
  return *one;
}

}  // namespace

void add_queue(void* stream, const Queue& queue) {
  const std::lock_guard lock(queues().mutex);
  Queue& added = queues().all.insert_or_assign(stream, queue).first->second;
  const char* const tf32 = std::getenv("NVIDIA_TF32_OVERRIDE");
  added.tf32_off = tf32 != nullptr && std::string_view(tf32) == "0";
}

void remove_queue(void* stream) {
  const std::lock_guard lock(queues().mutex);
  queues().all.erase(stream);
}

const Queue& queue_of(void* stream) {
  const std::lock_guard lock(queues().mutex);
  const auto found = queues().all.find(stream);
  if (found == queues().all.end()) throw Error("E_INTERNAL", "cuda", "a queue that no device has");
  return found->second;
}

}  // namespace strata::cuda
