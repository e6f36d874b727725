// What attention costs as sequences grow: memory in proportion to the length, not to its square. Time is printed, and
// not judged.
#include <boost/test/unit_test.hpp>
#include <chrono>

#include "plugins/load.hpp"
#include "strata/autograd/backward.hpp"
#include "strata/device/device.hpp"
#include "strata/device/kernels.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/tensor/context.hpp"

using namespace strata;

BOOST_AUTO_TEST_SUITE(sdpa_cost)

BOOST_AUTO_TEST_CASE(memory_grows_with_the_length) {
  strata_test::plugins().load_extensions("kernels/cpu/");
  const auto rows = kernels_for("cpu", "sdpa");
  if (rows.empty() || rows[0]->priority < 10) {
    BOOST_TEST_MESSAGE("skip: this build has no kernel for sdpa");
    return;
  }
  constexpr std::int64_t kBatch = 2, kHeads = 2, kWidth = 32;
  const ContextScope scope;
  context().training = true;
  context().random_step = Tensor::full({}, 7, DType::i64);
  BOOST_TEST_MESSAGE(
      "forward and backward, batch 2, 2 heads of width 32, causal, dropout 0.1\n   T        ms       KiB");
  std::vector<double> bytes;
  for (const std::int64_t time : {128, 512, 2048}) {
    const Shape shape{kBatch, kHeads, time, kWidth};
    const auto leaf = [&] { return Tensor::full(shape, 0.5).require_grad(); };
    const Tensor q = leaf(), k = leaf(), v = leaf();
    double best = 1e9;
    std::size_t peak = 0;
    for (int round = 0; round < 2; ++round) {
      for (const Tensor& one : {q, k, v}) one.set_grad({});
      reset_cpu_memory_peak();
      const std::size_t before = cpu_memory().live;
      const auto start = std::chrono::steady_clock::now();
      backward(sum(sdpa(q, k, v, {}, {.causal = true, .dropout = 0.1, .key = {3, 0}})));
      best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
      peak = cpu_memory().peak - before;
    }
    bytes.push_back(static_cast<double>(peak));
    char line[64];
    std::snprintf(line, sizeof line, "%5lld %9.2f %9.0f", static_cast<long long>(time), best * 1e3,
                  bytes.back() / 1024);
    BOOST_TEST_MESSAGE(line);
  }
  BOOST_TEST(bytes[2] <= 4.4 * bytes[1]);
  // One matrix of weights alone would be more.
  BOOST_TEST(bytes[2] < static_cast<double>(kBatch * kHeads) * 2048 * 2048 * 4);
}

BOOST_AUTO_TEST_SUITE_END()
