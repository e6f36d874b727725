// uniform and dropout: the words that random_bits.hpp promises, statistics, every path the same mask, one step another
// mask.
#include "strata/ops/random.hpp"

#include "framework/ops/check.hpp"
#include "strata/device/parallel.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/random_bits.hpp"
#include "strata/ops/shape.hpp"

using namespace strata;
using namespace strata::test;

namespace {

struct Training : ContextScope {
  explicit Training(std::int64_t step = 0, const char* provider = nullptr) {
    context().training = true;
    context().random_step = Tensor::from(std::vector<std::int64_t>{step}, {});
    if (provider != nullptr) context().kernels["dropout"] = provider;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(random_ops)

BOOST_AUTO_TEST_CASE(uniform_takes_the_promised_words) {
  const std::int64_t step = 0x123456789ABCDEF;
  const Training scope(step);
  const RandomKey key{0xFEDCBA9876543210U, 77};
  const Tensor numbers = uniform({3, 7}, key);
  std::vector<double> expected;
  for (std::uint32_t e = 0; e < 21; ++e) {  // straight from the counter of the header
    const PhiloxBlock block = philox4x32({{e / 4, 77U << 16U, 0x89ABCDEFU, 0x01234567U}}, key.key);
    expected.push_back(block.word[e % 4] / 256 / 16777216.0);
  }
  BOOST_TEST(numbers.to_doubles() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(large_element_numbers_do_not_meet_the_call) {
  const PhiloxBlock far = random_block(1, 0, 0, std::int64_t{1} << 32), called = random_block(1, 1, 0, 0);
  BOOST_TEST(far.word[0] != called.word[0]);
  const PhiloxBlock direct = philox4x32({{0, 1, 0, 0}}, 1);
  BOOST_TEST(far.word[0] == direct.word[0]);
}

BOOST_AUTO_TEST_CASE(uniform_is_uniform) {
  const Training scope(3);
  const std::vector<double> numbers = uniform({100000}, {42, 0}).to_doubles();
  std::vector<double> counts(10);
  double sum = 0, lag = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    BOOST_REQUIRE(numbers[i] >= 0 && numbers[i] < 1);
    ++counts[static_cast<std::size_t>(numbers[i] * 10)];
    sum += numbers[i];
    if (i > 0) lag += (numbers[i] - .5) * (numbers[i - 1] - .5);
  }
  double chi = 0;
  for (const double count : counts) chi += (count - 10000) * (count - 10000) / 10000;
  BOOST_TEST_MESSAGE("mean " << sum / 1e5 << ", chi-square (9 degrees) " << chi << ", lag-1 correlation "
                             << lag * 12 / 1e5);
  BOOST_TEST(std::abs(sum / 1e5 - .5) < .004);   // 4.4 sigma
  BOOST_TEST(chi < 33.7);                        // p 1e-4
  BOOST_TEST(std::abs(lag * 12 / 1e5) < .0135);  // 4.3 sigma
}

BOOST_AUTO_TEST_CASE(dropout_keeps_the_promised_share_scaled) {
  const Training scope(5);
  for (const double p : {.1, .3, .5, .9}) {
    const std::vector<double> kept = dropout(Tensor::full({50000}, 1), p, {7, 1}).to_doubles();
    double zeros = 0;
    for (const double value : kept) {
      zeros += value == 0 ? 1 : 0;
      BOOST_REQUIRE((value == 0 || value == static_cast<float>(1 / (1 - p))));
    }
    const double sigma = std::sqrt(p * (1 - p) * 50000);
    BOOST_TEST_MESSAGE("p " << p << ": " << zeros / 50000 << " dropped");
    BOOST_TEST(std::abs(zeros - p * 50000) < 4.5 * sigma);
  }
}

BOOST_AUTO_TEST_CASE(kernel_and_composition_draw_the_same_mask) {
  for (const DType dtype : {DType::f32, DType::f64, DType::bf16, DType::f16}) {
    const Tensor x = cast(random_tensor({13, 7, 3}), dtype);
    for (const double p : {0.1, 1.0 / 3, 0.5, 0x1p-24, 1 - 0x1p-30}) {
      const auto run = [&](const char* provider) {
        const Training scope(11, provider);
        return dropout(x, p, {99, 3}).to_doubles();
      };
      BOOST_TEST(run("plain") == run("composition"), boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_mask_depends_on_key_call_and_step_alone) {
  const Tensor x = Tensor::full({20000}, 1);
  const auto mask = [&](std::uint64_t key, std::int64_t call, std::int64_t step) {
    const Training scope(step);
    return dropout(x, .5, {key, call}).to_doubles();
  };
  const int before = thread_count();
  set_thread_count(1);
  const auto one = mask(1, 2, 3);
  set_thread_count(2);
  BOOST_TEST(mask(1, 2, 3) == one, boost::test_tools::per_element());
  set_thread_count(before);
  for (const auto& other : {mask(2, 2, 3), mask(1, 3, 3), mask(1, 2, 4)}) {
    int agree = 0;
    for (std::size_t i = 0; i < one.size(); ++i) agree += one[i] == other[i] ? 1 : 0;
    BOOST_TEST_MESSAGE("two masks agree in " << agree / 20000.0);
    BOOST_TEST(std::abs(agree - 10000) < 4.5 * 70.7);
  }
}

BOOST_AUTO_TEST_CASE(strides_do_not_move_the_mask) {
  const Training scope(1);
  const Tensor x = random_tensor({6, 10});
  BOOST_TEST(
      dropout(transpose(x), .4, {5, 0}).to_doubles() == dropout(contiguous(transpose(x)), .4, {5, 0}).to_doubles(),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(gradients_through_the_kernel_and_the_composition) {
  for (const char* provider : {"plain", "composition"}) {
    const Training scope(9, provider);
    check_gradients(
        [](std::span<const Tensor> in) {
          return Tensors{dropout(transpose(in[0]), .4, {5, 6})};
        },
        {leaf({4, 5})});
  }
}

BOOST_AUTO_TEST_CASE(the_identity_outside_training_and_at_zero) {
  const Tensor x = random_tensor({3});
  BOOST_TEST((dropout(x, .5, {1, 0}).impl() == x.impl()));
  const Training scope;
  BOOST_TEST((dropout(x, 0, {1, 0}).impl() == x.impl()));
}

BOOST_AUTO_TEST_CASE(bad_calls_are_named) {
  const Training scope;
  const Tensor x = random_tensor({3});
  check_error("E_CONFIG_RANGE", {"[dropout]", "p 1"}, [&] { (void)dropout(x, 1, {1, 0}); });
  check_error("E_CONFIG_RANGE", {"[dropout]", "p -0.1"}, [&] { (void)dropout(x, -.1, {1, 0}); });
  check_error("E_CONFIG_RANGE", {"[dropout]", "nan"}, [&] { (void)dropout(x, std::nan(""), {1, 0}); });
  check_error("E_CONFIG_RANGE", {"[dropout]", "call 65536"}, [&] { (void)dropout(x, .5, {1, 65536}); });
  check_error("E_DTYPE", {"[dropout]", "i64[2]"}, [&] { (void)dropout(ids({1, 2}, {2}), .5, {1, 0}); });
  context().random_step = Tensor::zeros({1}, DType::i64);
  check_error("E_SHAPE", {"[uniform]", "i64[1]"}, [&] { (void)uniform({2}, {1, 0}); });
}

BOOST_AUTO_TEST_SUITE_END()
