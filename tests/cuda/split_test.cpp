// Products of f32 on tensor cores (provider "3xtf32") against float64: numbers of TF32, all layouts, wide ranges,
// gradients. A device with "split_all" takes small shapes, too; on the host the stand-in
// for cuBLASLt rounds operands to TF32 and truncates sums as tensor cores do.
#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "cuda/split.hpp"
#include "kernels/tf32.hpp"
#include "strata/autograd/backward.hpp"
#include "strata/check/conformance.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/matmul.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"

using namespace strata;
using strata_test::counter;
using strata_test::Numbers;
using strata_test::on;
using strata_test::OnSplittingCard;
using strata_test::splitting_card;
using strata_test::values;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Numbers that f32 holds, x[i] = random(i) * 10^tens(i).
template <class Tens>
Numbers numbers(std::int64_t count, unsigned seed, const Tens& tens) {
  Numbers all(static_cast<std::size_t>(count));
  std::uint64_t state = seed;
  for (std::size_t i = 0; i < all.size(); ++i) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    const double random = static_cast<double>(state >> 33U) * 0x1p-30 - 1;
    all[i] = static_cast<double>(static_cast<float>(random * std::pow(10.0, tens(static_cast<std::int64_t>(i)))));
  }
  return all;
}
Tensor tensor(const Numbers& all, const Shape& shape) {
  return Tensor::from(std::vector<float>(all.begin(), all.end()), shape, splitting_card());
}

// The largest |got - sum ab| / (sum |ab|) of a product [m,k] [k,n], in units of 2^-24.
double error(const Numbers& got, const Numbers& a, const Numbers& b, std::int64_t k) {
  const auto terms = static_cast<std::size_t>(k), m = a.size() / terms, n = b.size() / terms;
  BOOST_REQUIRE(got.size() == m * n);
  double worst = 0;
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      double sum = 0, size = 0;
      for (std::size_t l = 0; l < terms; ++l) {
        const double term = a[i * terms + l] * b[l * n + j];
        sum += term, size += std::abs(term);
      }
      const double off = std::abs(got[i * n + j] - sum) / size * 0x1p24;
      worst = off <= worst ? worst : off;  // a NaN stays
    }
  }
  return worst;
}
// Operands to 2^-23, low low' left out, results rounded: 12 units; and one a term, as sums of f32 may lose.
double allowed(std::int64_t k) { return 12 + static_cast<double>(k); }

}  // namespace

BOOST_AUTO_TEST_SUITE(cuda_split)

BOOST_AUTO_TEST_CASE(a_float_is_two_of_tf32) {
  std::vector<float> all{0.0F, -0.0F, 1.0F, 1.0F + FLT_EPSILON, FLT_MAX, -FLT_MAX, FLT_MIN, FLT_TRUE_MIN, 0x1p-137F,
                         // ties, and what rounds up to the next power of two
                         0x1.001p0F, 0x1.003p0F, 0x1.ffffp0F, 0x1.ffdffep127F, 0x1.ffeffep127F, 0x1.fff002p127F};
  std::uint32_t state = 1;
  for (int i = 0; i < 100000; ++i) {
    state = state * 1664525U + 1013904223U;
    float x = 0;
    std::memcpy(&x, &state, sizeof x);
    if (std::isfinite(x)) all.push_back(x);
  }
  const auto is_tf32 = [](float x) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &x, sizeof bits);
    return (bits & 0x1FFFU) == 0 && std::isfinite(x);
  };
  double worst = 0;
  for (const float x : all) {
    const auto [high, low] = cuda::split_tf32(x);
    const double wide = static_cast<double>(x),
                 off = std::abs(wide - static_cast<double>(high) - static_cast<double>(low));
    BOOST_REQUIRE_MESSAGE(is_tf32(high) && is_tf32(low), x << " is " << high << " + " << low);
    BOOST_REQUIRE_MESSAGE(off <= std::max(0x1p-23 * std::abs(wide), 0x1p-137), x << " is " << high << " + " << low);
    BOOST_REQUIRE_MESSAGE(std::abs(wide - static_cast<double>(high)) <= std::max(0x1p-10 * std::abs(wide), 0x1p-137),
                          x << " is " << high << " + " << low);
    if (std::abs(wide) >= 0x1p-114) worst = std::max(worst, off / std::abs(wide));
  }
  BOOST_TEST_MESSAGE(all.size() << " floats, the largest relative error " << worst << ", allowed " << 0x1p-23);
  BOOST_TEST(std::signbit(cuda::split_tf32(-0.0F).high));
  BOOST_TEST(cuda::split_tf32(0x1.001p0F).high == 1.0F);        // to even
  BOOST_TEST(cuda::split_tf32(0x1.003p0F).high == 0x1.004p0F);  // likewise
  BOOST_TEST(cuda::split_tf32(FLT_MAX).high == 0x1.ffcp127F);   // not infinite
}

BOOST_AUTO_TEST_CASE(what_is_not_finite_stays_so) {
  const auto infinity = static_cast<float>(kInfinity);
  for (const float x : {infinity, -infinity}) {
    BOOST_TEST(cuda::split_tf32(x).high == x);
    BOOST_TEST(cuda::split_tf32(x).low == 0.0F);
  }
  for (const std::uint32_t bits : {0x7FC00000U, 0x7F800001U, 0xFFFFFFFFU}) {  // the second would be cut to an infinity
    float x = 0;
    std::memcpy(&x, &bits, sizeof x);
    const auto [high, low] = cuda::split_tf32(x);
    std::uint32_t kept = 0;
    std::memcpy(&kept, &high, sizeof kept);
    BOOST_TEST((kept & 0x007FE000U) != 0U);
    BOOST_TEST(std::isnan(high));
    BOOST_TEST(low == 0.0F);
  }
}

void conforms() {
  ConformanceOptions options;
  options.device = splitting_card();
  for (const std::string name : {"matmul", "linear", "linears"}) {
    const std::vector<std::string> providers{"3xtf32"};
    for (const Conformance& one : conform(*find_op(name), providers, options)) {
      for (const std::string& failure : one.failures) BOOST_ERROR(name << ", " << failure);
      const Conformance::Tally& tally = one.by_dtype.at(DType::f32);
      BOOST_TEST(tally.ran > 0);
      for (const auto& [dtype, others] : one.by_dtype) BOOST_TEST((dtype == DType::f32 || others.ran == 0));
      if (name != "matmul") BOOST_TEST(tally.refused == 0);
      if (name != "matmul") BOOST_TEST(one.backward_by.count("3xtf32") == 1U);
      BOOST_TEST_MESSAGE(name << ": " << tally.ran << " runs, " << tally.refused << " refused, largest difference "
                              << tally.worst << " of the allowed one");
    }
  }
}
BOOST_AUTO_TEST_CASE(it_conforms_in_every_layout) { conforms(); }
BOOST_AUTO_TEST_CASE(it_conforms_by_teams_of_threads) {
  ::setenv("FAKE_CUDA_TEAM", "4", 1);
  conforms();
  ::unsetenv("FAKE_CUDA_TEAM");
}

// Terms along the dense axis of both, of either, of none; extents that no pack divides.
BOOST_AUTO_TEST_CASE(all_layouts_of_factors) {
  const OnSplittingCard card;
  context().recording = false;
  const auto one = [](std::int64_t) { return 0; };
  for (const std::int64_t k : {1, 3, 37, 256, 2050}) {
    const std::int64_t m = 21, n = 34;
    const Numbers a = numbers(m * k, 1, one), b = numbers(k * n, 2, one);
    const Tensor left = tensor(a, {m, k}), right = tensor(b, {k, n});
    const auto other_way = [](const Tensor& x) { return transpose(contiguous(transpose(x))); };
    for (const Tensor& x : {left, other_way(left)}) {
      for (const Tensor& y : {right, other_way(right)}) {
        const double worst = error(matmul(x, y).to_doubles(), a, b, k);
        BOOST_TEST(worst <= allowed(k), k << " terms: " << worst << " units");
        BOOST_TEST_MESSAGE(k << " terms: " << worst << " units of sum |ab|, allowed " << allowed(k));
      }
    }
    // On both sides of the product the same memory.
    const double worst = error(matmul(left, transpose(left)).to_doubles(), a, transpose(left).to_doubles(), k);
    BOOST_TEST(worst <= allowed(k), k << " terms of a matrix by itself: " << worst << " units");
  }
}

// Factors from 1e-30 to 1e30 whose products are all near 1; sums that nearly cancel out.
BOOST_AUTO_TEST_CASE(wide_ranges_and_cancellation) {
  const OnSplittingCard card;
  context().recording = false;
  const std::int64_t m = 24, k = 122, n = 20;
  const auto tens = [](std::int64_t term) { return static_cast<double>(term % 61 - 30); };
  Numbers a = numbers(m * k, 3, [&](std::int64_t i) { return tens(i % k); });
  const Numbers b = numbers(k * n, 4, [&](std::int64_t i) { return -tens(i / n); });
  const auto compare = [&](const char* what, const Numbers& x, const Numbers& y) {
    const double worst = error(matmul(tensor(x, {m, k}), tensor(y, {k, n})).to_doubles(), x, y, k);
    BOOST_TEST(worst <= allowed(k), what << ": " << worst << " units");
    BOOST_TEST_MESSAGE(what << ": " << worst << " units of sum |ab|, allowed " << allowed(k));
  };
  compare("1e-30..1e30", a, b);
  Numbers opposite = b;  // the second half of the terms is the first once more, with the other sign, but for 1e-6
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t l = k / 2; l < k; ++l) {
      const auto at = static_cast<std::size_t>(i * k + l);
      a[at] = static_cast<double>(static_cast<float>(-a[at - static_cast<std::size_t>(k / 2)] * (1 + 1e-6)));
    }
  }
  std::copy_n(b.begin(), k / 2 * n, opposite.begin() + k / 2 * n);
  compare("cancellation", a, opposite);
}

// Close to the largest float, and below the smallest normal one: of a product that a library gives to tensor cores, its
// first row and column 0 but for their first numbers.
BOOST_AUTO_TEST_CASE(the_ends_of_the_range) {
  const OnSplittingCard card;
  context().recording = false;
  const auto product = [](double a, double b) {
    constexpr std::int64_t kExtent = 128;
    const Shape shape{kExtent, kExtent};
    const auto with_first = [&](double first, unsigned seed) {
      Numbers all = numbers(shape.numel(), seed, [](std::int64_t) { return 0; });
      for (std::int64_t i = 1; i < kExtent; ++i) {
        all[static_cast<std::size_t>(i)] = all[static_cast<std::size_t>(i * kExtent)] = 0;
      }
      all[0] = first;
      return tensor(all, shape);
    };
    return matmul(with_first(a, 61), with_first(b, 62)).to_doubles()[0];
  };
  const auto largest = static_cast<double>(FLT_MAX);
  BOOST_TEST(std::abs(product(largest, 0.5) / (largest / 2) - 1) < 0x1p-21);
  // Some tensor cores may take subnormal numbers for 0; the stand-in does not.
  const bool takes_subnormal = counter() != nullptr;
  for (const double small : {0x1.8p-130, 0x1.000002p-110, 0x1.8p-126}) {
    BOOST_TEST(std::abs(product(small, 1) - small) <= (takes_subnormal ? 0x1p-137 : 0x1p-126));
    BOOST_TEST(std::abs(product(small, 0x1p100) * 0x1p-100 - small) <= (takes_subnormal ? 0x1p-137 : 0x1p-126));
  }
  BOOST_TEST(std::abs(product(0x1.fffffep-103, 1) * 0x1p103 - 0x1.fffffep0) <= 0x1p-22);
  BOOST_TEST(std::isnan(product(kInfinity, 1)));  // 1 has no low part: not infinite, but no number either
  BOOST_TEST(product(kInfinity, 1.0 + 0x1p-20) == kInfinity);
  BOOST_TEST(std::isnan(product(std::nan(""), 1)));
}

// The largest difference, relative where numbers are larger than 1.
double farthest(const std::vector<Numbers>& got, const std::vector<Numbers>& expected) {
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    for (std::size_t j = 0; j < got[i].size(); ++j) {
      const double off = std::abs(got[i][j] - expected[i][j]) / std::max(1.0, std::abs(expected[i][j]));
      worst = off <= worst ? worst : off;
    }
  }
  return worst;
}

// Gradients of linear, added to what is there; relu's and gelu's, whose dz is split once for both.
BOOST_AUTO_TEST_CASE(gradients_add_up) {
  for (const Activation activation : {Activation::none, Activation::tanh, Activation::gelu}) {
    const auto run = [&](bool oracle) {
      const ContextScope scope;
      context().device = oracle ? cpu_device() : splitting_card();
      context().kernels = {{"linear", oracle ? "reference" : "3xtf32"}};
      const auto leaf = [&](const Shape& shape, unsigned seed) {
        const Tensor host = values(shape, DType::f32, seed);
        Tensor one = on(context().device, oracle ? cast(host, DType::f64) : host);
        one.set_constant(seed > 1);
        return one.require_grad();
      };
      const Tensor x = leaf({2, 9, 23}, 1), weight = leaf({14, 23}, 2), bias = leaf({14}, 3);
      for (int i = 0; i < 2; ++i) {
        const Tensor y = linear(x, weight, bias, {}, activation);
        backward(y, Tensor::full(y.shape(), 0.75 + i, y.dtype()));
      }
      return std::vector<Numbers>{x.grad().to_doubles(), weight.grad().to_doubles(), bias.grad().to_doubles()};
    };
    const double worst = farthest(run(false), run(true));
    BOOST_TEST(worst <= 4e-6);
    BOOST_TEST_MESSAGE("activation " << static_cast<int>(activation) << ": " << worst << ", allowed 4e-6");
  }
}

// Of linears, too: of a width of 1, whose dy is dense along either axis; one whose result nobody reads.
BOOST_AUTO_TEST_CASE(gradients_of_linears_add_up) {
  const auto run = [&](bool oracle) {
    const ContextScope scope;
    context().device = oracle ? cpu_device() : splitting_card();
    context().kernels = {{"linears", oracle ? "composition" : "3xtf32"}};
    const auto leaf = [&](const Shape& shape, unsigned seed) {
      const Tensor host = values(shape, DType::f32, seed);
      Tensor one = on(context().device, oracle ? cast(host, DType::f64) : host);
      one.set_constant(seed > 1);
      return one.require_grad();
    };
    const Tensor x = leaf({2, 9, 23}, 1);
    const Tensors weights{leaf({14, 23}, 2), leaf({1, 23}, 3), leaf({6, 23}, 4)},
        biases{leaf({14}, 5), {}, leaf({6}, 6)};
    const auto factor = [&](const Shape& shape, unsigned seed) {
      const Tensor host = values(shape, DType::f32, seed);
      return on(context().device, oracle ? cast(host, DType::f64) : host);
    };
    for (int i = 0; i < 2; ++i) {
      const Tensors y = linears(x, weights, biases);
      const Tensor root = i == 0 ? add(mul(y[0], factor({2, 9, 14}, 7)), y[1])
                                 : add(sum(y[0], {-1}), sum(mul(y[2], factor({2, 9, 6}, 8)), {-1}));
      backward(root, Tensor::full(root.shape(), 0.75 + i, root.dtype()));
    }
    std::vector<Numbers> all{x.grad().to_doubles()};
    for (const Tensors& list : {weights, biases}) {
      for (const Tensor& one : list) {
        if (one.defined()) all.push_back(one.grad().to_doubles());
      }
    }
    return all;
  };
  const double worst = farthest(run(false), run(true));
  BOOST_TEST(worst <= 4e-6);
  BOOST_TEST_MESSAGE("linears: " << worst << ", allowed 4e-6");
}

BOOST_AUTO_TEST_SUITE_END()
