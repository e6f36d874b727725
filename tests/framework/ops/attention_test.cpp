// sdpa: weights are dropped while training, and then alone.
#include "framework/ops/check.hpp"
#include "strata/ops/fused.hpp"
#include "strata/tensor/context.hpp"

using namespace strata;
using namespace strata::test;

BOOST_AUTO_TEST_SUITE(attention_ops)

BOOST_AUTO_TEST_CASE(dropout_of_weights_is_for_training) {
  const Tensor q = random_tensor({2, 3, 4, 5}, 1), k = random_tensor({2, 3, 6, 5}, 2),
               v = random_tensor({2, 3, 6, 5}, 3);
  const auto attended = [&](double dropout, bool training, std::int64_t step) {
    const ContextScope scope;
    context().training = training;
    context().random_step = Tensor::from(std::vector<std::int64_t>{step}, {});
    return sdpa(q, k, v, {}, {.dropout = dropout, .key = {7, 0}}).to_doubles();
  };
  const std::vector<double> plain = attended(0, false, 1);
  for (const std::int64_t step : {1, 2}) {
    BOOST_TEST(attended(0.5, false, step) == plain, boost::test_tools::per_element());
    BOOST_TEST((attended(0.5, true, step) != plain));
  }
  BOOST_TEST((attended(0.5, true, 1) != attended(0.5, true, 2)));
  BOOST_TEST(attended(0.5, true, 1) == attended(0.5, true, 1), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
