// Products of f32 on tensor cores (provider "3xtf32") against float64: numbers of TF32, all layouts, wide ranges, what
// is kept of weights, when it is worth it. A device with "split_all" takes small shapes, too; on the host the stand-in
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

#include "cuda/products.hpp"
#include "kernels/tf32.hpp"
#include "strata/autograd/backward.hpp"
#include "strata/check/conformance.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/matmul.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"
#include "strata/ops/update.hpp"
#include "throws.hpp"

using namespace strata;
using strata::test::check_throws;
using strata_test::counter;
using strata_test::on;
using strata_test::values;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::shared_ptr<Device> card() {
  static const std::shared_ptr<Device> one = strata_test::cuda_device(R"({"type": "cuda", "split_all": true})");
  (void)one->stream();
  return one;
}

struct OnCard : ContextScope {
  OnCard() {
    context().device = card();
    context().kernels = {{"linear", "3xtf32"}, {"linears", "3xtf32"}, {"matmul", "3xtf32"}};
  }
  std::int64_t count(const std::string& name) const { return strata_test::counted(*context().device, name); }
};

using Numbers = std::vector<double>;

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
  return Tensor::from(std::vector<float>(all.begin(), all.end()), shape, card());
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

boost::test_tools::assertion_result stand_in(boost::unit_test::test_unit_id) {
  (void)card();
  return counter() != nullptr;
}
const auto kStandIn = boost::unit_test::precondition(stand_in);

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
  options.device = card();
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
  const OnCard card;
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
  const OnCard card;
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
  const OnCard card;
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
      context().device = oracle ? cpu_device() : card();
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
    context().device = oracle ? cpu_device() : card();
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

// Forward splits x; backward in one launch dz, for both products, and x once more, as a right factor; the weight's
// copies are kept.
BOOST_AUTO_TEST_CASE(dz_is_split_once) {
  const OnCard card;
  Tensor x = on(context().device, values({6, 10}, DType::f32, 51)),
         weight = on(context().device, values({8, 10}, DType::f32, 52));
  weight.set_constant(true);
  x.require_grad(), weight.require_grad();
  const Tensor dy = Tensor::full({6, 8}, 0.5);
  for (int i = 0; i < 2; ++i) {
    x.set_grad({}), weight.set_grad({});
    const std::int64_t before = card.count("launches");
    backward(linear(x, weight), dy);
    if (i > 0) BOOST_TEST(card.count("launches") - before == 2);
  }
}

// Copies that a launch has room for (32), as x is one of them and every dy: forward x and 15 weights, which are not
// kept; backward x, the weights in another form and each dy, for both of its products.
BOOST_AUTO_TEST_CASE(linears_split_x_once) {
  const OnCard card;
  const auto launches = [&](const std::string& provider) {
    context().kernels = {{"linears", provider}};
    Tensor x = on(context().device, values({6, 10}, DType::f32, 71));
    x.require_grad();
    Tensors weights;
    for (unsigned i = 0; i < 15; ++i) {
      weights.push_back(on(context().device, values({8, 10}, DType::f32, 72 + i)).require_grad());
    }
    const std::int64_t before = card.count("launches");
    const Tensors y = linears(x, weights, Tensors(weights.size()));
    Tensor root = y[0];
    for (std::size_t i = 1; i < y.size(); ++i) root = add(root, mul(y[i], y[i]));
    backward(root);
    return card.count("launches") - before;
  };
  const std::int64_t plain = launches("cublaslt"), split = launches("3xtf32");
  BOOST_TEST(split == plain + 2, split << " launches, " << plain << " without copies");
}

// Three linears, none of which is worth it, are so together: forward, and all gradients.
BOOST_AUTO_TEST_CASE(linears_are_worth_it_together, *kStandIn) {
  const ContextScope scope;
  context().device = strata_test::cuda_device(R"("cuda")");
  Tensor x = Tensor::zeros({896, 896});
  x.require_grad();
  const auto products = [&](std::size_t count) {
    Tensors weights;
    for (std::size_t i = 0; i < count; ++i) weights.push_back(Tensor::zeros({300, 896}).require_grad());
    const long long before = counter()('p');
    const Tensors y = linears(x, weights, Tensors(count));
    const long long forward = counter()('p') - before;
    Tensor root = y[0];
    for (std::size_t i = 1; i < count; ++i) root = add(root, y[i]);
    backward(root);
    return std::vector<long long>{forward, counter()('p') - before - forward};
  };
  BOOST_TEST(products(1) == (std::vector<long long>{1, 2}), boost::test_tools::per_element());
  BOOST_TEST(products(3) == (std::vector<long long>{6, 12}), boost::test_tools::per_element());
}

// The library then computes TF32 as f32: three times the work for nothing, on a device with "split_all", too.
BOOST_AUTO_TEST_CASE(none_where_the_library_does_without_tf32, *kStandIn) {
  const ContextScope scope;
  context().recording = false;
  for (const std::string value : {"0", "1"}) {
    ::setenv("NVIDIA_TF32_OVERRIDE", value.c_str(), 1);
    context().device = strata_test::cuda_device(R"({"type": "cuda", "split_all": true})");
    (void)context().device->stream();
    ::unsetenv("NVIDIA_TF32_OVERRIDE");
    const Tensor a = Tensor::full({8, 8}, 0.5);
    context().kernels.clear();
    const long long before = counter()('p');
    (void)matmul(a, a);
    BOOST_TEST(counter()('p') - before == (value == "0" ? 1 : 2));
    context().kernels = {{"matmul", "3xtf32"}};
    if (value == "0") check_throws([&] { (void)matmul(a, a); }, "E_DEVICE_KERNEL", "kernels/matmul", "3xtf32");
  }
}

// Copies of weights follow them: one launch a form for all that an update changed, of more weights than a launch takes.
BOOST_AUTO_TEST_CASE(weights_of_an_update_are_split_together) {
  const OnCard card;
  Tensors weights, zeros;
  for (std::int64_t i = 0; i < 40; ++i) {
    weights.push_back(on(context().device, values({5 + i % 3, 6}, DType::f32, static_cast<unsigned>(i))));
    weights.back().set_constant(true);
    zeros.push_back(Tensor::zeros(weights.back().shape()));
  }
  const Tensor x = on(context().device, values({3, 6}, DType::f32, 31));
  const auto multiply = [&] {
    std::vector<Numbers> all;
    for (const Tensor& weight : weights) {
      Tensor leaf = x.detach();
      leaf.require_grad();
      const Tensor y = linear(leaf, weight);
      all.push_back(y.to_doubles());
      backward(y, Tensor::full(y.shape(), 1.0));
      all.push_back(leaf.grad().to_doubles());
    }
    return all;
  };
  const auto launches = [&](std::vector<Numbers>* results) {
    const std::int64_t start = card.count("launches");
    *results = multiply();
    return card.count("launches") - start;
  };
  std::vector<Numbers> before, again, after;
  (void)multiply();
  const std::int64_t steady = launches(&before);
  BOOST_TEST(launches(&again) == steady);
  BOOST_TEST((again == before));
  SgdOptions halves;  // p -= 1 (0 + 0.5 p)
  halves.weight_decay = 0.5;
  for (int i = 0; i < 2; ++i) {
    const Tensor one = Tensor::full({}, 1.0);
    sgd_update({weights, zeros, {}}, {one, one}, halves);
    BOOST_TEST(launches(&after) - steady == 4);
    for (Numbers& result : after) {
      for (double& value : result) value *= i == 0 ? 2 : 4;
    }
    BOOST_TEST((after == before));
  }
}

// A step taken down and played again is the same as steps one by one, and asks for nothing.
BOOST_AUTO_TEST_CASE(a_replayed_step) {
  const OnCard card;
  const auto weights_after = [&](bool replays) {
    Tensor x = on(context().device, values({8, 12}, DType::f32, 41)),
           weight = on(context().device, values({16, 12}, DType::f32, 42));
    weight.set_constant(true);
    const Tensor rate = Tensor::full({}, 0.125), scale = Tensor::full({}, 1.0);
    x = x.require_grad(), weight = weight.require_grad();
    const auto step = [&] {
      x.set_grad({}), weight.set_grad({});
      const Tensor y = linear(x, weight);
      backward(y, y.detach());
      sgd_update({{weight}, {weight.grad()}, {}}, {rate, scale}, {});
    };
    step();
    step();
    if (!replays) {
      for (int i = 0; i < 4; ++i) step();
      return weight.to_doubles();
    }
    const auto taken = context().device->record(step);
    const std::int64_t blocks = card.count("allocations");
    for (int i = 0; i < 4; ++i) taken->replay();
    BOOST_TEST(card.count("allocations") == blocks);
    return weight.to_doubles();
  };
  BOOST_TEST((weights_after(true) == weights_after(false)));
}

// The factors of a product that is worth it are copied, in one launch; not those of a smaller or a thinner one, nor of
// one whose sums are so long that its parts cost what is saved.
BOOST_AUTO_TEST_CASE(large_ones_alone, *kStandIn) {
  const ContextScope scope;
  context().recording = false;
  for (const char* spec : {R"("cuda")", R"({"type": "cuda", "tf32": true})"}) {
    const bool asked = std::string(spec).find("tf32") != std::string::npos;
    context().device = strata_test::cuda_device(spec);
    const auto copies = [&](std::int64_t m, std::int64_t k, std::int64_t n) {
      const Tensor a = Tensor::zeros({m, k}), b = Tensor::zeros({k, n});
      const auto launches = [&] {
        for (const DeviceCount& one : context().device->counts()) {
          if (one.name == std::string("launches")) return one.value;
        }
        return std::int64_t{-1};
      };
      const std::int64_t before = launches();
      (void)matmul(a, b);
      return launches() - before;
    };
    BOOST_TEST(copies(1024, 1024, 1024) == (asked ? 0 : 1));
    BOOST_TEST(copies(640, 2048, 640) == 0);
    BOOST_TEST(copies(512, 512, 512) == 0);
    BOOST_TEST(copies(64, 4096, 300) == 0);
    BOOST_TEST(copies(1024, 32, 1024) == 0);
  }
}

BOOST_AUTO_TEST_SUITE_END()
