// The recurrent rows beyond one call at a time: gradients that are added to, and who serves which call.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "cuda/host_plugin.hpp"
#include "strata/autograd/backward.hpp"
#include "strata/autograd/profile.hpp"
#include "strata/core/error.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/tensor/context.hpp"

using namespace strata;

namespace {

constexpr std::int64_t kBatch = 3, kTime = 4, kInput = 5, kHidden = 6;

std::shared_ptr<Device> device() {
  static const std::shared_ptr<Device> one = strata_test::cuda_device(R"("cuda")");
  return one;
}

Tensor some(const Shape& shape, unsigned seed, const std::shared_ptr<Device>& where) {
  std::vector<float> values(static_cast<std::size_t>(shape.numel()));
  for (float& value : values) {
    seed = seed * 1664525U + 1013904223U;
    value = static_cast<float>(seed >> 8U) * 0x1p-24F - 0.5F;
  }
  return Tensor::from(values, shape, where);
}

RecurrentOutput run(const std::string& op, const Tensor& x, const RecurrentWeights& w, const Tensor& lengths,
                    bool reverse) {
  if (op == "lstm") return lstm(x, w, {}, {}, lengths, reverse);
  return op == "gru" ? gru(x, w, {}, lengths, reverse) : rnn(x, w, {}, lengths, reverse);
}

// Two layers share their weights and their input, so that each gradient but the first is added to what is there.
std::vector<std::vector<double>> gradients(const std::string& op, const std::string& provider,
                                           const std::shared_ptr<Device>& where) {
  const ContextScope scope;
  context().device = where;
  if (!provider.empty()) context().kernels = {{op, provider}};
  const std::int64_t gates = (op == "lstm" ? 4 : op == "gru" ? 3 : 1) * kHidden;
  std::vector<Tensor> leaves{some({kBatch, kTime, kInput}, 1, where), some({gates, kInput}, 2, where),
                             some({gates, kHidden}, 3, where), some({gates}, 4, where), some({gates}, 5, where)};
  for (Tensor& leaf : leaves) leaf.require_grad();
  const RecurrentWeights weights{leaves[1], leaves[2], leaves[3], leaves[4]};
  const Tensor there = run(op, leaves[0], weights, {}, false).outputs,
               back = run(op, leaves[0], weights, {}, true).outputs, seed = some({kBatch, kTime, kHidden}, 6, where);
  backward(sum(there * seed) + sum(back * there));
  std::vector<std::vector<double>> all;
  for (const Tensor& leaf : leaves) all.push_back(leaf.grad().to_doubles());
  return all;
}

// The provider that serves a call when none is asked for.
struct Asked {
  std::int64_t batch = kBatch;
  bool lengths = false, trains = false;
  DType dtype = DType::f32;
};
std::string serving(const std::string& op, const Asked& asked) {
  const ContextScope scope;
  context().device = device();
  Profile profile;
  context().profile = &profile;
  const std::int64_t gates = (op == "lstm" ? 4 : op == "gru" ? 3 : 1) * kHidden;
  const std::vector<std::int64_t> ends(static_cast<std::size_t>(asked.batch), kTime - 1);
  const Tensor lengths = asked.lengths ? Tensor::from(ends, {asked.batch}, device()) : Tensor();
  Tensor x = cast(some({asked.batch, kTime, kInput}, 1, device()), asked.dtype);
  if (asked.trains) x.require_grad();
  (void)run(op, x, {some({gates, kInput}, 2, device()), some({gates, kHidden}, 3, device()), {}, {}}, lengths, false);
  for (const auto& [key, row] : profile.rows()) {
    if (std::get<0>(key) == op && std::get<1>(key) == "forward") return std::get<2>(key);
  }
  return {};
}

// Hands everything on, and counts what is taken.
class Counting final : public Device {
 public:
  explicit Counting(std::shared_ptr<Device> inner) : inner_(std::move(inner)) {}
  std::string_view kind() const override { return inner_->kind(); }
  std::string name() const override { return inner_->name(); }
  std::string probe() const override { return inner_->probe(); }
  bool host_accessible() const override { return inner_->host_accessible(); }
  void* allocate(std::size_t bytes) override {
    ++taken;
    return inner_->allocate(bytes);
  }
  void release(void* memory, std::size_t bytes) noexcept override { inner_->release(memory, bytes); }
  void copy_from_host(void* to, const void* from, std::size_t bytes) override {
    inner_->copy_from_host(to, from, bytes);
  }
  void copy_to_host(void* to, const void* from, std::size_t bytes) override { inner_->copy_to_host(to, from, bytes); }
  void* stream() override { return inner_->stream(); }
  void synchronize() override { inner_->synchronize(); }

  int taken = 0;

 private:
  std::shared_ptr<Device> inner_;
};

// Pieces of memory that a forward and backward of `time` steps take.
int pieces(const std::string& op, std::int64_t time) {
  const auto counting = std::make_shared<Counting>(device());
  const ContextScope scope;
  context().device = counting;
  context().kernels = {{op, "cuda"}};
  constexpr std::int64_t kLong = 64;  // sums for which the stand-in for the library wants memory
  const std::int64_t gates = (op == "lstm" ? 4 : op == "gru" ? 3 : 1) * kLong;
  Tensor x = some({kBatch, time, kInput}, 1, counting);
  x.require_grad();
  const RecurrentWeights weights{some({gates, kInput}, 2, counting), some({gates, kLong}, 3, counting), {}, {}};
  counting->taken = 0;
  backward(sum(run(op, x, weights, {}, false).outputs));
  return counting->taken;
}

// Whether cuDNN is here; the stand-in for it has to be.
bool has_cudnn() {
  const ContextScope scope;
  context().device = device();
  context().kernels = {{"rnn", "cudnn"}};
  std::string why;
  try {
    (void)rnn(some({1, 1, 1}, 1, device()), {some({1, 1}, 2, device()), some({1, 1}, 3, device()), {}, {}}, {}, {},
              false);
  } catch (const Error& fault) {
    why = fault.what();
  }
  if (why.empty()) return true;
#if defined(STRATA_FAKE_CUDNN)
  BOOST_TEST((std::getenv("STRATA_CUDA_PLUGIN") != nullptr), why);
#endif
  BOOST_TEST_MESSAGE("without cuDNN: " << why);
  return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cuda_recurrent)

BOOST_AUTO_TEST_CASE(gradients_are_added_to) {
  constexpr double kAllowed = 2e-6;
  double worst = 0;
  std::vector<std::string> providers{"cuda"};
  if (has_cudnn()) providers.emplace_back("cudnn");
  for (const std::string op : {"lstm", "gru", "rnn"}) {
    const auto expected = gradients(op, "", cpu_device());
    for (const std::string& provider : providers) {
      const auto got = gradients(op, provider, device());
      for (std::size_t i = 0; i < expected.size(); ++i) {
        BOOST_REQUIRE(got[i].size() == expected[i].size());
        for (std::size_t k = 0; k < expected[i].size(); ++k) {
          const double difference = std::abs(got[i][k] - expected[i][k]);
          worst = std::max(worst, difference);
          BOOST_TEST(difference <= kAllowed, op << " by " << provider << ", input " << i << ", element " << k << ": "
                                                << got[i][k] << " for " << expected[i][k]);
        }
      }
    }
  }
  BOOST_TEST_MESSAGE("largest difference " << worst << ", allowed " << kAllowed);
}

// A step's product may want memory of its own, which is not held until the last step.
BOOST_AUTO_TEST_CASE(steps_take_no_memory_each) {
  for (const std::string op : {"lstm", "gru", "rnn"}) {
    const int few = pieces(op, 30), many = pieces(op, 60);
    BOOST_TEST(few == many, op << ": " << few << " pieces of memory for 30 steps, " << many << " for 60");
  }
}

// The library is told lengths by the host, which does not know them.
BOOST_AUTO_TEST_CASE(lengths_are_for_own_kernels) {
  const std::string without = has_cudnn() ? "cudnn" : "cuda";
  for (const std::string op : {"lstm", "gru", "rnn"}) {
    BOOST_TEST(serving(op, {.lengths = true}) == "cuda");
    BOOST_TEST(serving(op, {}) == without);
  }
}

// Sums of 16 bits over a sequence would lose what f32 keeps.
BOOST_AUTO_TEST_CASE(training_of_16_bits_is_for_own_kernels) {
  const std::string without = has_cudnn() ? "cudnn" : "cuda";
  for (const std::string op : {"lstm", "gru", "rnn"}) {
    BOOST_TEST(serving(op, {.trains = true}) == without);
    BOOST_TEST(serving(op, {.trains = true, .dtype = DType::f16}) == "cuda");
    BOOST_TEST(serving(op, {.dtype = DType::f16}) == without);
  }
}

BOOST_AUTO_TEST_CASE(what_the_library_refuses_is_for_own_kernels) {
  ::setenv("FAKE_CUDNN_REFUSES", "1", 1);
  const std::string refused = serving("lstm", {.batch = kBatch + 1});  // a shape that it was not asked about before
  ::unsetenv("FAKE_CUDNN_REFUSES");
  if (std::getenv("STRATA_CUDA_PLUGIN") == nullptr) BOOST_TEST(refused == "cuda");
}

BOOST_AUTO_TEST_SUITE_END()
