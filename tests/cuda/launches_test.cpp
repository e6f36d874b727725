// What computes numbers rather than tensors costs a launch, not one for each step of its formula.
#include <vector>

#include <boost/test/unit_test.hpp>

#include "cuda/on_card.hpp"
#include "ops/mean_update.hpp"
#include "strata/nn/attention.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/positions.hpp"
#include "strata/ops/shape.hpp"
#include "strata/ops/update.hpp"
#include "strata/tensor/context.hpp"
#include "strata/tensor/tensor.hpp"

using namespace strata;

namespace {

struct OnCard : strata_test::OnCard {
  std::int64_t launches() const { return count("launches"); }
  template <class Work>
  void takes(std::int64_t wanted, const char* what, const Work& work) const {
    const std::int64_t before = launches();
    work();
    BOOST_TEST(launches() - before == wanted, what << ": " << launches() - before << " launches");
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(cuda_launches)

BOOST_AUTO_TEST_CASE(numbers_of_a_step) {
  const OnCard card;
  const Tensor lengths = Tensor::from(std::vector<std::int64_t>{3, 1}, {2});
  card.takes(1, "a mask of lengths", [&] { (void)Mask::of_lengths(lengths, 5); });

  const Tensor x = Tensor::zeros({2, 3, 8}), at = reshape(iota(3), {1, 3});
  card.takes(1, "positions", [&] { (void)add_sinusoid(x, at, 2); });

  const Tensor step = Tensor::zeros({}, DType::i64);
  AdamTensors tensors;
  tensors.first_correction = tensors.second_correction = Tensor::zeros({}, DType::f64);
  card.takes(1, "the beginning of an update", [&] { adam_begin(step, tensors, {}); });
}

BOOST_AUTO_TEST_CASE(running_means) {
  const OnCard card;
  Tensors means, values;
  for (std::int64_t size = 1; size <= 60; ++size) {
    means.push_back(Tensor::full({size}, 1));
    values.push_back(Tensor::full({size}, 3));
  }
  const Tensor decay = Tensor::scalar(0.75, DType::f64), flaw = Tensor::scalar(0, DType::f64);
  card.takes(1, "means of many tensors", [&] { mean_update(means, values, decay, flaw); });
  for (const Tensor& mean : means) {
    for (const double value : mean.to_doubles()) BOOST_REQUIRE_EQUAL(value, 1.5);
  }
}

BOOST_AUTO_TEST_CASE(inputs_of_a_replayed_step) {
  const OnCard card;
  const Tensors from{Tensor::full({2, 3}, 7, DType::i64), Tensor::full({3}, 5), Tensor::full({}, 3, DType::f64)};
  Tensors to;
  for (const Tensor& one : from) to.push_back(Tensor::zeros(one.shape(), one.dtype()));
  card.takes(1, "copies", [&] { copy_into(to, from); });
  for (std::size_t i = 0; i < from.size(); ++i) {
    BOOST_TEST(to[i].to_doubles() == from[i].to_doubles(), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_SUITE_END()
