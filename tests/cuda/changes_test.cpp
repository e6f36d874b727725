// Updates and means of many tensors at once on the device "cuda" against the plain loops of the CPU: more tensors than
// one launch takes, of sizes around a chunk; and steps whose gradients' factor is no finite number.
#include "strata/ops/update.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "cuda/host_plugin.hpp"
#include "ops/mean_update.hpp"
#include "strata/tensor/context.hpp"
#include "strata/tensor/tensor.hpp"

using namespace strata;

namespace {

constexpr std::int64_t kSizes[] = {1, 3, 4, 5, 255, 1000, 4095, 4096, 4097, 8193, 0, 12001};
constexpr int kTensors = 150;

std::int64_t size_of_tensor(int i) { return kSizes[static_cast<std::size_t>(i) % std::size(kSizes)]; }

// Values in (low, low + 1), the same on every device.
Tensor numbers(std::int64_t count, int seed, float low, const std::shared_ptr<Device>& device) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = low + static_cast<float>((i * 2654435761U + static_cast<unsigned>(seed) * 40503U) % 8191U) / 8192.0F;
  }
  return Tensor::from(values, {count}, device);
}

struct State {
  Tensors p, g, m, v;
  explicit State(const std::shared_ptr<Device>& device) {
    for (int i = 0; i < kTensors; ++i) {
      const std::int64_t count = size_of_tensor(i);
      p.push_back(numbers(count, i, -0.5F, device));
      g.push_back(numbers(count, i + 1000, -0.5F, device));
      m.push_back(numbers(count, i + 2000, -0.5F, device));
      v.push_back(numbers(count, i + 3000, 0.01F, device));
    }
  }
  void adam(double scale, const std::shared_ptr<Device>& device) const {
    const auto number = [&](double value) { return Tensor::scalar(value, DType::f32, device); };
    adam_update({p, g, m, v, number(0.19), number(0.002)}, {number(0.01), number(scale)}, {});
  }
  void sgd(double scale, const std::shared_ptr<Device>& device) const {
    const auto number = [&](double value) { return Tensor::scalar(value, DType::f32, device); };
    SgdOptions options;
    options.momentum = 0.9;
    sgd_update({p, g, m}, {number(0.01), number(scale)}, options);
  }
  void mean(double flaw, const std::shared_ptr<Device>& device) const {
    mean_update(m, p, Tensor::scalar(0.9, DType::f64, device), Tensor::scalar(flaw, DType::f64, device));
  }
  std::vector<double> all() const {
    std::vector<double> values;
    for (const Tensors* list : {&p, &g, &m, &v}) {
      for (const Tensor& tensor : *list) {
        const std::vector<double> own = tensor.to_doubles();
        values.insert(values.end(), own.begin(), own.end());
      }
    }
    return values;
  }
};

std::shared_ptr<Device> card() {
  static const std::shared_ptr<Device> one = strata_test::cuda_device(R"("cuda")");
  return one;
}

void compare(const char* what, const std::vector<double>& got, const std::vector<double>& expected) {
  BOOST_REQUIRE(got.size() == expected.size());
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) worst = std::max(worst, std::abs(got[i] - expected[i]));
  BOOST_TEST(worst <= 1e-6);
  BOOST_TEST_MESSAGE(what << ": " << got.size() << " numbers of " << kTensors << " tensors, largest difference "
                          << worst << ", allowed 1e-6");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cuda_updates)

BOOST_AUTO_TEST_CASE(many_tensors_as_on_the_cpu) {
  const ContextScope scope;
  context().kernels = {{"*", "plain"}};
  const State here(cpu_device()), there(card());
  here.adam(0.5, cpu_device());
  there.adam(0.5, card());
  compare("adam_update", there.all(), here.all());
  here.sgd(0.5, cpu_device());
  there.sgd(0.5, card());
  compare("sgd_update", there.all(), here.all());
  here.mean(0, cpu_device());
  there.mean(0, card());
  compare("mean_update", there.all(), here.all());

  const double expected = squared_norm(here.p).to_doubles()[0], got = squared_norm(there.p).to_doubles()[0];
  BOOST_TEST(std::abs(got - expected) <= 1e-6 * expected);
  scale_in_place(here.p, Tensor::scalar(0.25));
  scale_in_place(there.p, Tensor::scalar(0.25, DType::f32, card()));
  compare("scale_in_place", there.all(), here.all());
}

BOOST_AUTO_TEST_CASE(a_factor_that_is_no_number_changes_nothing) {
  const State state(card());
  const std::vector<double> before = state.all();
  for (const double factor : {std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
                              std::numeric_limits<double>::quiet_NaN()}) {
    state.adam(factor, card());
    state.sgd(factor, card());
    state.mean(factor, card());
    BOOST_TEST((state.all() == before));
  }
  state.adam(0, card());  // finite: the moments decay
  BOOST_TEST((state.all() != before));
}

BOOST_AUTO_TEST_SUITE_END()
