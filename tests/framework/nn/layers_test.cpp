// Linear, Embedding, Dropout against loops, in the precision that the context asks for.
#include "strata/nn/layers.hpp"

#include "framework/ops/check.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/reduce.hpp"

using namespace strata;
using namespace strata::test;

namespace {

class Pair final : public Layer {
 public:
  explicit Pair(double p) : a(p), b(p) {
    child("a", a);
    child("b", b);
  }
  Dropout a, b;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(layers)

BOOST_AUTO_TEST_CASE(linear_is_the_product_with_its_activation) {
  Linear layer(4, 3);
  layer.materialise(2, DType::f64);
  const Tensor x = random_tensor({5, 4});
  const std::vector<double> in = x.to_doubles(), w = layer.weight().value().to_doubles(),
                            b = layer.bias().value().to_doubles();
  std::vector<double> expected(15);
  for (std::size_t i = 0; i < 5; ++i) {
    for (std::size_t o = 0; o < 3; ++o) {
      double y = b[o];
      for (std::size_t k = 0; k < 4; ++k) y += in[i * 4 + k] * w[o * 4 + k];
      expected[i * 3 + o] = std::tanh(y);
    }
  }
  check_close(layer(x, Activation::tanh).to_doubles(), expected, 1e-14);
  for (const double value : w) BOOST_TEST(std::abs(value) <= 0.5);  // 1 / sqrt(4)
  BOOST_TEST((Linear(4, 3, false).parameters().size() == 1));
}

BOOST_AUTO_TEST_CASE(embedding_reads_rows_and_leaves_padding_alone) {
  Embedding layer(5, 3, 1.0, 0);
  layer.materialise(2, DType::f64);
  const std::vector<double> table = layer.weight().value().to_doubles();
  for (std::size_t k = 0; k < 3; ++k) BOOST_TEST(table[k] == 0);
  const Tensor out = layer(ids({4, 0, 1, 4}, {2, 2}));
  std::vector<double> expected;
  for (const std::size_t id : {4U, 0U, 1U, 4U}) {
    for (std::size_t k = 0; k < 3; ++k) expected.push_back(table[id * 3 + k]);
  }
  BOOST_TEST(out.to_doubles() == expected, boost::test_tools::per_element());
  backward(sum(out));
  const std::vector<double> rows = {0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 2, 2, 2};
  BOOST_TEST(layer.weight().value().grad().to_doubles() == rows, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(layers_emit_the_compute_type_and_keep_f32_gradients) {
  const ContextScope scope;
  context().compute = DType::bf16;
  Embedding words(5, 4, 1.0);
  Linear map(4, 3);
  words.materialise(1);
  map.materialise(2);
  const Tensor embedded = words(ids({1, 2}, {2})), out = map(embedded);
  BOOST_TEST((embedded.dtype() == DType::bf16 && out.dtype() == DType::bf16));
  BOOST_TEST((map(Tensor::zeros({2, 4})).dtype() == DType::bf16));
  backward(sum(out));
  BOOST_TEST((words.weight().value().grad().dtype() == DType::f32));
  BOOST_TEST((map.weight().value().grad().dtype() == DType::f32));
  words.materialise(1, DType::f64);
  BOOST_TEST((words(ids({1, 2}, {2})).dtype() == DType::f64));  // checks stay wide
}

BOOST_AUTO_TEST_CASE(dropout_masks_differ_by_path_call_and_step) {
  Pair pair(0.5), twin(0.5);
  pair.materialise(9);
  twin.materialise(9);
  const Tensor x = Tensor::full({20, 20}, 1);
  BOOST_TEST((pair.a(x).to_doubles() == x.to_doubles()));  // not training
  const ContextScope scope;
  context().training = true;
  context().random_step = Tensor::from(std::vector<std::int64_t>{1}, {});
  const std::vector<double> first = pair.a(x).to_doubles();
  BOOST_TEST((first == pair.a(x).to_doubles()));
  BOOST_TEST((first == twin.a(x).to_doubles()));
  BOOST_TEST((first != pair.b(x).to_doubles()));
  BOOST_TEST((first != pair.a(x, 1).to_doubles()));
  context().random_step = Tensor::from(std::vector<std::int64_t>{2}, {});
  BOOST_TEST((first != pair.a(x).to_doubles()));
  double kept = 0;
  for (const double value : first) {
    BOOST_TEST((value == 0 || value == 2));
    kept += value / 2;
  }
  BOOST_TEST_MESSAGE("kept " << kept << " of 400");
  BOOST_TEST(std::abs(kept - 200) < 40);  // four deviations
}

BOOST_AUTO_TEST_SUITE_END()
