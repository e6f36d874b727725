// The number of what is trained: the hashes of all frozen parameters, by exclusive or (Zobrist, 1970).
#include "ops/trained.hpp"

#include <atomic>
#include <string_view>

#include "strata/core/philox.hpp"

namespace strata::detail {
namespace {

std::atomic<std::uint64_t> frozen{0};

}  // namespace

std::uint64_t trained_key() { return frozen.load(std::memory_order_relaxed); }

void flip_trained(const void* parameter) {
  frozen.fetch_xor(hash64(reinterpret_cast<std::uintptr_t>(parameter), "frozen"), std::memory_order_relaxed);
}

}  // namespace strata::detail
