// What a mechanism costs beside scaled dot-product attention.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "check/attention.hpp"
#include "strata/autograd/backward.hpp"
#include "strata/device/device.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"

namespace strata::detail {
namespace {

constexpr std::int64_t kBatch = 2, kWidth = 16, kHeads = 4;

struct Cost {
  double seconds = 0, bytes = 0;
};

// The quickest of a few, after one that is not counted.
Cost cost_of(const std::function<Tensor()>& forward) {
  Cost cost{1e9, 0};
  for (int i = 0; i < 4; ++i) {
    reset_cpu_memory_peak();
    const std::size_t before = cpu_memory().live;
    const auto start = std::chrono::steady_clock::now();
    backward(sum(forward()));
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (i > 0) cost.seconds = std::min(cost.seconds, seconds);
    cost.bytes = std::max(cost.bytes, static_cast<double>(cpu_memory().peak - before));
  }
  return cost;
}

}  // namespace

std::string attention_cost(Attention& mechanism, const Attention::Traits& traits, std::int64_t length) {
  const Tensor x = random_input({kBatch, length, kWidth}, 1, "cost", DType::f32).require_grad();
  Mask mask;
  mask.causal = !traits.cross;
  const Cost own = cost_of([&] {
    if (!traits.cross) return mechanism.self(x, nullptr, mask).context;
    return mechanism.attend(x, mechanism.prepare(x, x, mask), mask).context;
  });
  const Cost usual = cost_of([&] {
    const Tensor heads = permute(reshape(x, {kBatch, length, kHeads, kWidth / kHeads}), {0, 2, 1, 3});
    return sdpa(heads, heads, heads, {}, {.causal = mask.causal});
  });
  constexpr double kMiB = 1024.0 * 1024.0;
  return fmt::format("{:.2f} ms, {:.2f} MiB; sdpa with {} heads, without projections: {:.2f} ms, {:.2f} MiB",
                     own.seconds * 1e3, own.bytes / kMiB, kHeads, usual.seconds * 1e3, usual.bytes / kMiB);
}

}  // namespace strata::detail
