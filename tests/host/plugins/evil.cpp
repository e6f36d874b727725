// An attention that does in heads() what the environment says, and else computes as any other.
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "strata/device/parallel.hpp"
#include "strata/nn/head_attention.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/matmul.hpp"
#include "strata/ops/shape.hpp"
#include "strata/plugin.hpp"

namespace {
using strata::Attended;
using strata::HeadMask;
using strata::Tensor;

// In whichever thread takes a block: the others wait for a worker of the pool to be the one.
void crash_in_a_worker() {
  strata::parallel_for(0, 32, 1, [](std::int64_t, std::int64_t) {
    volatile std::size_t nowhere = 16;
    if (strata::worker_index() > 0) *reinterpret_cast<volatile int*>(nowhere) = 0;
    usleep(20'000);
  });
}

void misbehave(const std::string& deed) {
  if (deed == "throw") throw 5;
  if (deed == "throw-standard") throw std::runtime_error("not today");
  if (deed == "exit") std::exit(0);
  if (deed == "_exit") _exit(0);
  if (deed == "quick_exit") std::quick_exit(0);
  volatile std::size_t nowhere = 16;
  if (deed == "segv") *reinterpret_cast<volatile int*>(nowhere) = 0;
  if (deed == "segv-worker") crash_in_a_worker();
  if (deed == "abort") std::abort();
  constexpr int kWords = 3;  // where strata-check speaks to its parent
  if (deed == "babble" && write(kWords, "hello\n", 6) < 0) std::abort();
  while (deed == "hang") pause();
}

class Evil final : public strata::HeadAttention {
 public:
  using Options = strata::HeadAttention::Options;
  Evil(const Options& options, const Facts& facts) : strata::HeadAttention(options, facts) {}

  Attended heads(const Tensor& q, const Tensor& k, const Tensor& v, const HeadMask& mask) override {
    if (const char* deed = std::getenv("EVIL")) misbehave(deed);
    const Tensor scores = matmul(q, transpose(k)) / std::sqrt(static_cast<double>(q.size(3)));
    const Tensor weights = softmax(scores, mask.allowed());
    return {matmul(weights, v), weights};
  }
};

}  // namespace

STRATA_PLUGIN("evil", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Attention, Evil>("evil", "does what the environment says",
                                 {.cross = true, .causal = true, .incremental = true, .weights = true});
});
