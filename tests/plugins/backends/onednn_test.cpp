// The oneDNN plugin: every op that it serves against compositions over plain loops, in f32 and bf16, with gradients;
// odd sizes, so that partial vectors and padded blocks are met; packed weights follow their storage.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <filesystem>
#include <string>

#include "plugins/backends/compare.hpp"
#include "plugins/load.hpp"
#include "strata/device/kernels.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/matmul.hpp"
#include "strata/ops/random.hpp"
#include "strata/ops/shape.hpp"
#include "strata/ops/update.hpp"

using namespace strata;
using backend_test::Compare;

namespace {

std::string library() { return std::string(STRATA_BINARY_DIR) + "/lib/strata/plugins/onednn.so"; }

boost::test_tools::assertion_result built(boost::unit_test::test_unit_id) {
  if (std::filesystem::exists(library())) return true;
  BOOST_TEST_MESSAGE("skip: built without oneDNN");
  return false;
}

struct Loaded {
  Loaded() {
    strata_test::plugins().load_extensions("kernels/cpu/");  // through the one host of this process
  }
};

// The composition rounds to bf16 after every op, the kernels once: in a recurrence that adds up.
double tolerance(DType dtype) { return dtype == DType::bf16 ? 4e-2 : 5e-6; }
constexpr DType kTypes[] = {DType::f32, DType::bf16};

std::string label(const char* name, DType dtype) { return std::string(name) + " " + name_of(dtype); }

// The storage is a weight: kernels may keep packed copies.
Tensor weight(Tensor tensor) {
  tensor.set_constant(true);
  return tensor;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(onednn, Loaded, *boost::unit_test::precondition(built))

BOOST_AUTO_TEST_CASE(serves_the_ops_that_it_promises) {
  for (const char* op : {"linear", "matmul", "lstm", "gru", "lstm_cell", "gru_cell", "softmax", "softmax_xent",
                         "layer_norm", "additive_score", "embedding", "dropout", "tanh", "sum"}) {
    bool found = false;
    for (const KernelRow* row : kernels_for("cpu", op)) found = found || std::string(row->provider) == "onednn";
    BOOST_TEST(found, op);
  }
}

BOOST_AUTO_TEST_CASE(recurrent_layers_equal_their_compositions) {
  Compare compare(7);
  const std::int64_t B = 5, T = 7, I = 20, H = 33;
  for (const DType dtype : kTypes) {
    for (int variant = 0; variant < 8; ++variant) {
      const bool reverse = (variant & 1) != 0, states = (variant & 4) != 0;
      const Tensor lengths =
          (variant & 2) != 0 ? Tensor::from(std::vector<std::int64_t>{7, 3, 0, 1, 6}, {B}) : Tensor();
      const auto inputs = [&](std::int64_t gates, bool cell) {
        Tensors in{compare.normal({B, T, I}, dtype),
                   weight(compare.normal({gates * H, I}, DType::f32, 0.2)),
                   weight(compare.normal({gates * H, H}, DType::f32, 0.2)),
                   compare.normal({gates * H}),
                   compare.normal({gates * H}),
                   states ? compare.normal({B, H}, dtype) : Tensor()};
        if (cell) in.push_back(states ? compare.normal({B, H}) : Tensor());
        return in;
      };
      const std::string suffix = " variant " + std::to_string(variant);
      compare(
          label("lstm", dtype) + suffix,
          [&](const Tensors& in) {
            const RecurrentOutput out = lstm(in[0], {in[1], in[2], in[3], in[4]}, in[5], in[6], lengths, reverse);
            return Tensors{out.outputs, out.hidden, out.cell};
          },
          inputs(4, true), tolerance(dtype));
      compare(
          label("gru", dtype) + suffix,
          [&](const Tensors& in) {
            const RecurrentOutput out = gru(in[0], {in[1], in[2], in[3], in[4]}, in[5], lengths, reverse);
            return Tensors{out.outputs, out.hidden};
          },
          inputs(3, false), tolerance(dtype));
    }
  }
}

BOOST_AUTO_TEST_CASE(cells_equal_their_compositions) {
  Compare compare(8);
  for (const DType dtype : kTypes) {
    compare(
        label("lstm_cell", dtype),
        [](const Tensors& in) {
          const CellState out = lstm_cell(in[0], in[1]);
          return Tensors{out.hidden, out.cell};
        },
        {compare.normal({6, 4 * 41}, dtype), compare.normal({6, 41})}, tolerance(dtype));
    compare(
        label("gru_cell", dtype), [](const Tensors& in) { return Tensors{gru_cell(in[0], in[1], in[2])}; },
        {compare.normal({6, 3 * 41}, dtype), compare.normal({6, 3 * 41}, dtype), compare.normal({6, 41}, dtype)},
        tolerance(dtype));
  }
}

BOOST_AUTO_TEST_CASE(additive_score_equals_its_composition) {
  Compare compare(9);
  for (const DType dtype : kTypes) {
    for (const auto& [rows, queries] : {std::pair<int, int>{4, 1}, {12, 5}, {8, 1}}) {
      compare(
          label("additive_score", dtype),
          [](const Tensors& in) { return Tensors{additive_score(in[0], in[1], in[2])}; },
          {compare.normal({rows, queries, 50}, dtype), compare.normal({4, 9, 50}, dtype), compare.normal({50})},
          tolerance(dtype));
    }
    // keys that two queries read: the second gradient is added in place
    compare(
        label("additive_score, keys twice", dtype),
        [](const Tensors& in) {
          return Tensors{additive_score(in[0], in[2], in[3]), additive_score(in[1], in[2], in[3])};
        },
        {compare.normal({4, 1, 50}, dtype), compare.normal({4, 1, 50}, dtype), compare.normal({4, 9, 50}, dtype),
         compare.normal({50})},
        tolerance(dtype));
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

BOOST_AUTO_TEST_CASE(products_equal_plain_loops) {
  Compare compare(11);
  for (const DType dtype : kTypes) {
    const auto plain = [](const Tensors& in) { return Tensors{matmul(in[0], in[1])}; };
    const std::pair<Shape, Shape> shapes[] = {{{13, 21}, {21, 17}},      {{3, 13, 21}, {21, 17}},
                                              {{3, 1, 15}, {3, 15, 40}}, {{2, 3, 6, 15}, {2, 1, 15, 8}},
                                              {{600, 21}, {21, 70}},     {{1, 33}, {33, 1}}};
    for (const auto& [a, b] : shapes) {
      compare(label("matmul", dtype) + " " + a.str() + b.str(), plain,
              {compare.normal(a, dtype), compare.normal(b, dtype)}, tolerance(dtype));
    }
    compare(
        label("matmul of heads", dtype),
        [](const Tensors& in) {
          return Tensors{matmul(permute(in[0], {0, 2, 1, 3}), permute(in[1], {0, 2, 3, 1}))};
        },
        {compare.normal({2, 6, 3, 16}, dtype), compare.normal({2, 9, 3, 16}, dtype)}, tolerance(dtype));
    compare(label("matmul with f32", dtype), plain, {compare.normal({3, 1, 15}), compare.normal({3, 15, 40}, dtype)},
            tolerance(dtype));
  }
}

BOOST_AUTO_TEST_CASE(linear_equals_its_composition) {
  Compare compare(14);
  for (const DType dtype : kTypes) {
    const Tensor w = weight(compare.normal({37, 21}, DType::f32, 0.2)), b = compare.normal({37});
    for (const Shape& shape : {Shape{13, 21}, Shape{2, 7, 21}, Shape{21}, Shape{600, 21}}) {
      // not relu in bf16: the composition rounds twice, and near 0 that decides which side of the kink a number is on
      for (const Activation activation :
           {Activation::none, Activation::relu, Activation::tanh, Activation::sigmoid, Activation::gelu}) {
        if (dtype == DType::bf16 && activation == Activation::relu) continue;
        compare(
            label("linear", dtype) + " " + shape.str() + " activation " + std::to_string(static_cast<int>(activation)),
            [&](const Tensors& in) { return Tensors{linear(in[0], in[1], in[2], {}, activation)}; },
            {compare.normal(shape, dtype), w, b}, tolerance(dtype));
      }
    }
    compare(
        label("linear with an addend, rows with gaps, no bias", dtype),
        [](const Tensors& in) { return Tensors{linear(slice(in[0], 1, 3, 24), in[1], {}, in[2])}; },
        {compare.normal({13, 40}, dtype), w, compare.normal({13, 37}, dtype)}, tolerance(dtype));
    // a weight used twice: the second gradient is added in place
    compare(
        label("linear twice", dtype),
        [](const Tensors& in) {
          return Tensors{linear(in[0], in[2], in[3]), linear(in[1], in[2], in[3])};
        },
        {compare.normal({13, 21}, dtype), compare.normal({5, 21}, dtype), w, b}, tolerance(dtype));
    // in a time loop the weight's gradient waits for one product over all steps
    compare(
        label("linear in a time loop", dtype),
        [](const Tensors& in) {
          const TimeLoop loop;
          Tensor h = in[0];
          for (int step = 0; step < 4; ++step) h = tanh(linear(h, in[1]));
          return Tensors{h};
        },
        {compare.normal({6, 21}, dtype), weight(compare.normal({21, 21}, DType::f32, 0.2))}, tolerance(dtype));
  }
}

BOOST_AUTO_TEST_CASE(softmax_and_cross_entropy_equal_their_compositions) {
  Compare compare(15);
  for (const DType dtype : kTypes) {
    compare(
        label("softmax", dtype),
        [](const Tensors& in) {
          return Tensors{softmax(in[0]), log_softmax(in[0])};
        },
        {compare.normal({3, 5, 37}, dtype, 3)}, tolerance(dtype));
    for (const Shape& shape : {Shape{3, 5, 37}, Shape{3, 1, 37}, Shape{37}, Shape{3, 5, 1}}) {
      const Tensor mask = equal(compare.integers(shape, 3), Tensor::scalar(1, DType::i64));  // some rows keep nothing
      compare(
          label("masked softmax", dtype) + " " + shape.str(),
          [&](const Tensors& in) { return Tensors{softmax(in[0], mask)}; }, {compare.normal({3, 5, 37}, dtype, 3)},
          tolerance(dtype));
    }
    std::vector<std::int64_t> ids;
    for (int i = 0; i < 15; ++i) ids.push_back(i % 4 == 3 ? -100 : (i * 7) % 41);
    const Tensor targets = Tensor::from(ids, {3, 5});
    for (const double smoothing : {0.0, 0.1}) {
      compare(
          label("softmax_xent", dtype),
          [&](const Tensors& in) { return Tensors{softmax_xent(in[0], targets, smoothing)}; },
          {compare.normal({3, 5, 41}, dtype, 3)}, tolerance(dtype));
    }
  }
}

BOOST_AUTO_TEST_CASE(layer_norm_embedding_and_dropout_equal_their_compositions) {
  Compare compare(16);
  ContextScope scope;
  context().training = true;
  for (const DType dtype : kTypes) {
    compare(
        label("layer_norm", dtype), [](const Tensors& in) { return Tensors{layer_norm(in[0], in[1], in[2])}; },
        {compare.normal({70, 45}, dtype), compare.normal({45}), compare.normal({45})}, tolerance(dtype));
    const Tensor ids = compare.integers({4, 6}, 9);
    compare(
        label("embedding", dtype),
        [&](const Tensors& in) {
          return Tensors{embedding(in[0], ids, dtype, 2), embedding(in[0], ids, dtype)};
        },
        {compare.normal({9, 35})}, tolerance(dtype));
    compare(
        label("dropout", dtype),
        [](const Tensors& in) { return Tensors{dropout(in[0], 0.3, {.key = 0x1234567890ABCDEF, .call = 5})}; },
        {compare.normal({7, 83}, dtype)}, tolerance(dtype));
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
