// RowSoftmax: weights against the exponential in float64, draws against a plain walk over the cumulated weights.
#include "decode/row_softmax.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <vector>

#include "strata/core/rng.hpp"

namespace {

using namespace strata;
using strata::detail::RowSoftmax;

constexpr std::uint64_t kSeed = 81;

// The first token at which the sum of the weights so far passes `uniform` of all.
std::size_t walked(const std::vector<float>& logits, double uniform, double& margin) {
  const double highest = *std::max_element(logits.begin(), logits.end());
  double total = 0, sum = 0;
  for (const float z : logits) total += std::exp(z - highest);
  std::size_t found = logits.size();
  for (std::size_t v = 0; v < logits.size(); ++v) {
    sum += std::exp(logits[v] - highest) / total;
    margin = std::min(margin, std::abs(sum - uniform));
    if (found == logits.size() && sum > uniform) found = v;
  }
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(row_softmax_test)

BOOST_AUTO_TEST_CASE(weights_are_exponentials) {
  std::vector<float> logits;
  for (double x = 0; x > -87; x -= 0.00137) logits.push_back(static_cast<float>(x) + 3);
  RowSoftmax softmax;
  softmax.compute(logits);
  double worst = 0, total = 0;
  for (std::size_t v = 0; v < logits.size(); ++v) {
    const double truth = std::exp(static_cast<double>(logits[v] - 3.0F));
    worst = std::max(worst, std::abs(softmax.weights()[v] - truth) / truth);
    total += truth;
  }
  BOOST_TEST_MESSAGE("largest relative difference of " << logits.size() << " weights " << worst
                                                       << ", tolerance 2e-7; of their sum "
                                                       << std::abs(softmax.total() - total) / total);
  BOOST_TEST(worst < 2e-7);
  BOOST_TEST(std::abs(softmax.total() - total) < 1e-7 * total);
  softmax.compute(std::vector<float>{-200, -1, -INFINITY, -88.5F});
  BOOST_TEST((softmax.weights()[0] == 0 && softmax.weights()[1] == 1 && softmax.weights()[2] == 0));
  BOOST_TEST((softmax.weights()[3] == 0 && softmax.total() == 1));
}

BOOST_AUTO_TEST_CASE(draws_are_those_of_the_cumulated_weights) {
  Rng random(kSeed, "row_softmax_test");
  RowSoftmax softmax;
  int compared = 0;
  for (const std::size_t vocabulary : {1U, 7U, 256U, 257U, 1500U}) {
    for (int row = 0; row < 40; ++row) {
      std::vector<float> logits(vocabulary);
      for (float& z : logits) z = random.below(4) == 0 ? -INFINITY : static_cast<float>(2 * random.normal());
      logits[random.below(vocabulary)] = 1;
      softmax.compute(logits);
      for (int i = 0; i < 20; ++i) {
        const double uniform = random.uniform();
        double margin = 1;
        const std::size_t expected = walked(logits, uniform, margin);
        if (margin < 1e-6) continue;  // rounding may decide
        ++compared;
        BOOST_TEST(softmax.draw(uniform) == static_cast<std::int32_t>(expected));
      }
    }
  }
  BOOST_TEST_MESSAGE(compared << " draws, seed " << kSeed);
  BOOST_TEST(compared > 3500);
}

// Neither end of the unit interval leads to a token without weight.
BOOST_AUTO_TEST_CASE(the_ends_are_tokens_with_a_weight) {
  RowSoftmax softmax;
  for (const std::size_t only : {0U, 3U, 255U, 256U, 999U}) {
    std::vector<float> logits(1000, -INFINITY);
    logits[only] = -2;
    softmax.compute(logits);
    for (const double uniform : {0.0, 0.5, 1 - 0x1p-53}) {
      BOOST_TEST(softmax.draw(uniform) == static_cast<std::int32_t>(only));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
