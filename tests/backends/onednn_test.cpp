// The oneDNN backend against compositions over plain loops: elementwise functions, updates, and what it promises as a
// whole.
#include "backends/onednn.hpp"

using namespace backend_test;

BOOST_FIXTURE_TEST_SUITE(onednn, Loaded, *boost::unit_test::precondition(built))

BOOST_AUTO_TEST_CASE(serves_the_ops_that_it_promises) {
  for (const char* op :
       {"linear", "matmul", "lstm", "gru", "lstm_cell", "gru_cell", "softmax", "softmax_xent", "layer_norm",
        "additive_score", "sdpa", "embedding", "dropout", "dropout_add", "gelu", "tanh", "sum"}) {
    bool found = false;
    for (const KernelRow* row : kernels_for("cpu", op)) found = found || std::string(row->provider) == "onednn";
    BOOST_TEST(found, op);
  }
}

BOOST_AUTO_TEST_CASE(elementwise_rows_equal_plain_loops) {
  Compare compare(10);
  using Operation = Tensor (*)(const Tensor&, const Tensor&);
  const std::pair<const char*, Operation> operations[] = {{"add", add}, {"sub", sub},         {"mul", mul},
                                                          {"div", div}, {"maximum", maximum}, {"minimum", minimum}};
  for (const DType dtype : kTypes) {
    for (const auto& [name, operation] : operations) {
      for (const Shape& other : {Shape{3, 5, 37}, Shape{37}, Shape{3, 1, 1}, Shape{5, 1}, Shape{}}) {
        const Operation chosen = operation;
        compare(
            label(name, dtype) + " " + other.str(),
            [chosen](const Tensors& in) { return Tensors{chosen(in[0], affine(sigmoid(in[1]), 2, 0.5))}; },
            {compare.normal({3, 5, 37}, dtype), compare.normal(other, dtype)}, tolerance(dtype));
      }
    }
    compare(
        label("unary", dtype),
        [](const Tensors& in) {
          const Tensor positive = affine(sigmoid(in[0]), 3, 0.01);
          return Tensors{tanh(in[0]), sigmoid(in[0]), relu(in[0]), exp(in[0]),    abs(in[0]),
                         neg(in[0]),  gelu(in[0]),    elu(in[0]),  log(positive), sqrt(positive)};
        },
        {compare.normal({4, 45}, dtype)}, tolerance(dtype));
    compare(
        label("sum", dtype),
        [](const Tensors& in) {
          return Tensors{sum(in[0]),         sum(in[0], {0}), sum(in[0], {-1}),
                         sum(in[0], {0, 1}), sum(in[0], {1}), sum(in[0], {0, 2}, true)};
        },
        {compare.normal({4, 5, 45}, dtype)}, tolerance(dtype));
  }
}

BOOST_AUTO_TEST_CASE(updates_equal_plain_loops) {
  Compare compare(17);
  const Tensors start{compare.normal({5000}), compare.normal({3, 7}), compare.normal({1})},
      gradients{compare.normal({5000}), compare.normal({3, 7}), compare.normal({1})};
  const auto scalar = [](double value) { return Tensor::scalar(value); };
  const auto run = [&](bool plain, bool adam) {
    ContextScope scope;
    if (plain) context().kernels["*"] = "plain";
    Tensors parameters, first, second;
    for (const Tensor& one : start) {
      parameters.push_back(affine(one, 1, 0));
      first.push_back(Tensor::zeros(one.shape()));
      second.push_back(Tensor::zeros(one.shape()));
    }
    for (int t = 1; t <= 3; ++t) {
      if (adam) {
        adam_update(
            {parameters, gradients, first, second, scalar(1 - std::pow(0.9, t)), scalar(1 - std::pow(0.999, t))},
            {scalar(0.01), scalar(0.5)}, {.weight_decay = 0.1, .decoupled = t != 2});
      } else {
        sgd_update({parameters, gradients, first}, {scalar(0.01), scalar(0.5)},
                   {.momentum = 0.9, .weight_decay = 0.1, .nesterov = t != 2});
      }
    }
    parameters.push_back(squared_norm(parameters));
    scale_in_place(std::span(parameters.data(), 1), scalar(0.25));
    return parameters;
  };
  for (const bool adam : {true, false}) {
    const Tensors kernels = run(false, adam), plain = run(true, adam);
    for (std::size_t i = 0; i < kernels.size(); ++i) {
      const double difference = Compare::difference(kernels[i], plain[i]);
      BOOST_TEST_MESSAGE((adam ? "adam" : "sgd") << " tensor " << i << ": " << difference);
      BOOST_TEST(difference <= 5e-6);
    }
  }
}

BOOST_AUTO_TEST_CASE(topk_equals_the_plain_loop_ties_included) {
  const NoGrad none;
  Compare compare(18);
  for (const DType dtype : kTypes) {
    for (const auto& [width, k] : {std::pair<int, int>{1000, 5}, {37, 37}, {5, 1}, {64, 8}}) {
      // few different numbers: many ties
      const Tensor x = cast(affine(cast(compare.integers({9, width}, 60), DType::f32), 0.25, -4), dtype);
      const TopK kernel = topk(x, k);
      ContextScope scope;
      context().kernels["topk"] = "plain";
      const TopK plain = topk(x, k);
      BOOST_TEST((kernel.indices.to_integers() == plain.indices.to_integers()), label("topk", dtype)
                                                                                    << " " << width << " " << k);
      BOOST_TEST((kernel.values.to_doubles() == plain.values.to_doubles()));
    }
  }
}

// The functions against the C library in double precision; 3 units in the last place of a float.
BOOST_AUTO_TEST_CASE(functions_are_good_to_three_units_in_the_last_place) {
  const NoGrad none;
  std::vector<float> values;
  for (int i = -40000; i <= 40000; ++i) values.push_back(static_cast<float>(i) * 2e-3F + 1e-5F);
  const Tensor x = Tensor::from(values, {static_cast<std::int64_t>(values.size())});
  const auto worst = [&](const Tensor& y, double (*truth)(double)) {
    const std::vector<double> results = y.to_doubles();
    double largest = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double expected = truth(static_cast<double>(values[i]));
      if (std::isnan(expected) || std::abs(expected) < 1.2e-38) continue;
      const auto rounded = static_cast<float>(std::abs(expected));
      const double unit = static_cast<double>(std::nextafter(rounded, INFINITY)) - static_cast<double>(rounded);
      largest = std::max(largest, std::abs(results[i] - expected) / unit);
    }
    return largest;
  };
  const double errors[] = {worst(exp(x), [](double v) { return std::exp(v); }),
                           worst(tanh(x), [](double v) { return std::tanh(v); }),
                           worst(sigmoid(x), [](double v) { return 1 / (1 + std::exp(-v)); }),
                           worst(log(x), [](double v) { return std::log(v); })};
  BOOST_TEST_MESSAGE("units in the last place: exp " << errors[0] << ", tanh " << errors[1] << ", sigmoid " << errors[2]
                                                     << ", log " << errors[3]);
  for (const double error : errors) BOOST_TEST(error <= 3.0);
}

BOOST_AUTO_TEST_CASE(not_a_number_and_infinity_pass_through) {
  const NoGrad none;
  const double nan = std::nan(""), infinity = INFINITY;
  const Tensor x = Tensor::from(std::vector<float>{NAN, INFINITY, -INFINITY, 0.0F}, {4});
  const auto same = [](double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); };
  const auto check = [&](const char* name, const Tensor& y, const std::vector<double>& expected) {
    const std::vector<double> got = y.to_doubles();
    for (std::size_t i = 0; i < expected.size(); ++i)
      BOOST_TEST(same(got[i], expected[i]), name << " of element " << i << ": " << got[i]);
  };
  check("exp", exp(x), {nan, infinity, 0, 1});
  check("tanh", tanh(x), {nan, 1, -1, 0});
  check("log", log(x), {nan, infinity, nan, -infinity});
  check("relu", relu(x), {nan, infinity, 0, 0});
  check("bf16", cast(x, DType::bf16), {nan, infinity, -infinity, 0});
}

BOOST_AUTO_TEST_CASE(a_packed_weight_follows_its_storage) {
  const NoGrad none;
  Compare compare(12);
  for (const DType dtype : kTypes) {
    const Tensor x = compare.normal({4, 3, 40}, dtype), w_ih = weight(compare.normal({4 * 24, 40}, DType::f32, 0.2)),
                 w_hh = weight(compare.normal({4 * 24, 24}, DType::f32, 0.2));
    const auto outputs = [&] { return lstm(x, {w_ih, w_hh, {}, {}}, {}, {}, {}, false).outputs; };
    const Tensor before = outputs();
    copy_into(w_hh, compare.normal({4 * 24, 24}, DType::f32, 0.2));
    const Tensor after = outputs();
    BOOST_TEST(Compare::difference(before, after) > 1e-2);
    ContextScope scope;
    context().kernels["lstm"] = "composition";
    BOOST_TEST(Compare::difference(after, outputs()) <= tolerance(dtype));
  }
}

// More shapes than primitives are kept: those that went are made again, those in use stay.
BOOST_AUTO_TEST_CASE(shapes_without_end_stay_right) {
  const NoGrad none;
  Compare compare(19);
  const Tensor w = weight(compare.normal({19, 8})), x = compare.normal({1300, 8}), all = linear(x, w);
  double worst = 0;
  for (std::int64_t rows = 1; rows <= 1300; ++rows) {
    const Tensor some = linear(slice(x, 0, 0, rows), w);
    if (rows % 100 == 0) worst = std::max(worst, Compare::difference(some, slice(all, 0, 0, rows)));
  }
  worst = std::max(worst, Compare::difference(linear(slice(x, 0, 0, 3), w), slice(all, 0, 0, 3)));
  BOOST_TEST_MESSAGE("largest relative difference " << worst);
  BOOST_TEST(worst <= 1e-6);
}

BOOST_AUTO_TEST_CASE(the_same_call_gives_the_same_bits) {
  Compare compare(13);
  const Tensor x = compare.normal({64, 9, 48}), w_ih = weight(compare.normal({256, 48})),
               w_hh = weight(compare.normal({256, 64}));
  const auto gradient = [&] {
    Tensor leaf = w_hh.detach();
    leaf.require_grad();
    backward(lstm(x, {w_ih, leaf, {}, {}}, {}, {}, {}, false).outputs);
    return leaf.grad().to_doubles();
  };
  BOOST_TEST((gradient() == gradient()));
}

BOOST_AUTO_TEST_SUITE_END()
