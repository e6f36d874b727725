// Copies of the factors of split products (provider "3xtf32"): how many are made, what is kept of weights, when they
// are worth it.
#include <cstdint>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "cuda/split.hpp"
#include "cuda/stand_in.hpp"
#include "strata/autograd/backward.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/matmul.hpp"
#include "strata/ops/update.hpp"
#include "throws.hpp"

using namespace strata;
using strata::test::check_throws;
using strata_test::counter;
using strata_test::Numbers;
using strata_test::on;
using strata_test::OnSplittingCard;
using strata_test::splitting_card;
using strata_test::values;
using strata_test::Variable;

namespace {

boost::test_tools::assertion_result stand_in(boost::unit_test::test_unit_id) {
  (void)splitting_card();
  return counter() != nullptr;
}
const auto kStandIn = boost::unit_test::precondition(stand_in);

}  // namespace

BOOST_AUTO_TEST_SUITE(cuda_split)

// Forward splits x; backward in one launch dz, for both products, and x once more, as a right factor; the weight's
// copies are kept.
BOOST_AUTO_TEST_CASE(dz_is_split_once) {
  const OnSplittingCard card;
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
  const OnSplittingCard card;
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
    {
      const Variable library("NVIDIA_TF32_OVERRIDE", value);
      context().device = strata_test::cuda_device(R"({"type": "cuda", "split_all": true})");
      (void)context().device->stream();
    }
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
  const OnSplittingCard card;
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
  const OnSplittingCard card;
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
      const auto launches = [] { return strata_test::counted(*context().device, "launches"); };
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
