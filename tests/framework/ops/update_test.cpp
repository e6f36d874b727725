// Optimizer updates against scalar loops in double, the norm in any thread count, scaling, clipping, running means.
#include "strata/ops/update.hpp"

#include <limits>

#include "framework/ops/check.hpp"
#include "ops/mean_update.hpp"
#include "strata/device/parallel.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/shape.hpp"

using namespace strata;
using namespace strata::test;

namespace {

Tensor number(double value, DType dtype = DType::f32) { return Tensor::scalar(value, dtype); }

const std::vector<Shape> kShapes{{7, 3}, {5}, {}, {130, 300}};

struct Case {
  double weight_decay;
  bool flag;  // decoupled, nesterov
};

}  // namespace

BOOST_AUTO_TEST_SUITE(update_ops)

BOOST_AUTO_TEST_CASE(adam_against_a_scalar_loop) {
  for (const DType dtype : {DType::f32, DType::f64}) {
    for (const Case& one : {Case{0, false}, Case{.1, false}, Case{.1, true}}) {
      AdamTensors tensors;
      std::vector<std::vector<double>> p, m, v;
      unsigned stream = 0;
      for (const Shape& shape : kShapes) {
        tensors.parameters.push_back(cast(random_tensor(shape, stream++), dtype));
        tensors.first_moments.push_back(Tensor::zeros(shape, dtype));
        tensors.second_moments.push_back(Tensor::zeros(shape, dtype));
        p.push_back(tensors.parameters.back().to_doubles());
        m.emplace_back(p.back().size());
        v.emplace_back(p.back().size());
      }
      const AdamOptions options{
          .beta1 = .9, .beta2 = .98, .eps = 1e-8, .weight_decay = one.weight_decay, .decoupled = one.flag};
      for (int t = 1; t <= 5; ++t) {
        const double rate = static_cast<float>(.01 * t), scale = static_cast<float>(.3);
        const double correction1 = 1 - std::pow(.9, t), correction2 = 1 - std::pow(.98, t);
        tensors.gradients.clear();
        for (std::size_t k = 0; k < kShapes.size(); ++k) {
          tensors.gradients.push_back(cast(random_tensor(kShapes[k], stream++), k == 1 ? DType::bf16 : dtype));
          const std::vector<double> g = tensors.gradients.back().to_doubles();
          for (std::size_t i = 0; i < g.size(); ++i) {
            const double d = scale * g[i] + (one.flag ? 0 : one.weight_decay * p[k][i]);
            if (one.flag) p[k][i] -= rate * one.weight_decay * p[k][i];
            m[k][i] = .9 * m[k][i] + (1 - .9) * d;
            v[k][i] = .98 * v[k][i] + (1 - .98) * d * d;
            p[k][i] -= rate * (m[k][i] / correction1) / (std::sqrt(v[k][i] / correction2) + 1e-8);
          }
        }
        tensors.first_correction = number(correction1, DType::f64);
        tensors.second_correction = number(correction2, DType::f64);
        adam_update(tensors, {number(rate), number(scale)}, options);
      }
      const double tolerance = dtype == DType::f64 ? 1e-13 : 2e-6;
      for (std::size_t k = 0; k < kShapes.size(); ++k) {
        check_close(tensors.parameters[k].to_doubles(), p[k], tolerance);
        check_close(tensors.first_moments[k].to_doubles(), m[k], tolerance);
        check_close(tensors.second_moments[k].to_doubles(), v[k], tolerance);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_beginning_of_an_update) {
  const Tensor step = Tensor::zeros({}, DType::i64);
  AdamTensors tensors;
  tensors.first_correction = number(0, DType::f64);
  tensors.second_correction = number(0, DType::f64);
  for (const double beta1 : {.9, 0.0}) {
    for (int i = 0; i < 3; ++i) {
      const auto version = tensors.first_correction.version();
      adam_begin(step, tensors, {.beta1 = beta1, .beta2 = .98});
      const double t = step.item();
      check_close({tensors.first_correction.item(), tensors.second_correction.item()},
                  {1 - std::pow(beta1, t), 1 - std::pow(.98, t)}, 1e-15);
      BOOST_TEST(tensors.first_correction.version() > version);
    }
  }
  BOOST_TEST(step.item() == 6);
  check_error("E_DTYPE", {"[adam_begin]", "step f64[]", "i64"},
              [&] { adam_begin(tensors.first_correction, tensors, {}); });
  tensors.second_correction = {};
  check_error("E_SHAPE", {"[adam_begin]", "second_correction undefined"}, [&] { adam_begin(step, tensors, {}); });
  BOOST_TEST(step.item() == 6);
}

BOOST_AUTO_TEST_CASE(copies_of_many) {
  const Tensor wide = Tensor::zeros({2, 3}), words = Tensor::zeros({2}, DType::i64);
  copy_into(Tensors{transpose(wide), words}, Tensors{random_tensor({3, 2}), ids({4, 5}, {2})});
  check_close(wide.to_doubles(), contiguous(transpose(random_tensor({3, 2}))).to_doubles(), 1e-6);
  check_close(words.to_doubles(), {4, 5}, 0);
  copy_into(Tensors{}, Tensors{});
  check_error("E_SHAPE", {"[assign]", "1 tensors into 2"}, [&] { copy_into(Tensors{wide, words}, Tensors{wide}); });
  check_error("E_SHAPE", {"[assign]", "i64[2] into f32[2,3]"}, [&] { copy_into(Tensors{wide}, Tensors{words}); });
}

BOOST_AUTO_TEST_CASE(sgd_against_a_scalar_loop) {
  for (const double momentum : {0.0, 0.9}) {
    for (const Case& one : {Case{0, false}, Case{.1, false}, Case{.1, momentum != 0}}) {
      SgdTensors tensors;
      std::vector<std::vector<double>> p, b;
      unsigned stream = 50;
      for (const Shape& shape : kShapes) {
        tensors.parameters.push_back(cast(random_tensor(shape, stream++), DType::f32));
        if (momentum != 0) tensors.momentum_buffers.push_back(Tensor::zeros(shape));
        p.push_back(tensors.parameters.back().to_doubles());
        b.emplace_back(p.back().size());
      }
      const double rate = static_cast<float>(.05), scale = static_cast<float>(.7);
      for (int t = 0; t < 4; ++t) {
        tensors.gradients.clear();
        for (std::size_t k = 0; k < kShapes.size(); ++k) {
          tensors.gradients.push_back(cast(random_tensor(kShapes[k], stream++), DType::f32));
          const std::vector<double> g = tensors.gradients.back().to_doubles();
          for (std::size_t i = 0; i < g.size(); ++i) {
            const double d = scale * g[i] + one.weight_decay * p[k][i];
            b[k][i] = momentum * b[k][i] + d;
            p[k][i] -= rate * (one.flag ? d + momentum * b[k][i] : b[k][i]);
          }
        }
        sgd_update(tensors, {number(rate), number(scale)}, {momentum, one.weight_decay, one.flag});
      }
      for (std::size_t k = 0; k < kShapes.size(); ++k) check_close(tensors.parameters[k].to_doubles(), p[k], 1e-6);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_parameter_without_a_gradient_is_left_alone) {
  AdamTensors tensors{{Tensor::full({2}, 1), Tensor::full({2}, 1)},
                      {Tensor(), Tensor::full({2}, 1)},
                      {Tensor::zeros({2}), Tensor::zeros({2})},
                      {Tensor::zeros({2}), Tensor::zeros({2})},
                      number(.1),
                      number(.001)};
  const auto version = tensors.parameters[0].version(), other = tensors.parameters[1].version();
  adam_update(tensors, {number(.5), number(1)}, {.weight_decay = .1, .decoupled = true});
  check_close(tensors.parameters[0].to_doubles(), {1, 1}, 0);
  check_close(tensors.parameters[1].to_doubles(), {.45, .45}, 1e-6);  // 1 - .5 * .1 - .5
  BOOST_TEST(tensors.parameters[0].version() == version);
  BOOST_TEST(tensors.parameters[1].version() > other);
  tensors.gradients[1] = Tensor();
  adam_update(tensors, {number(.5), number(1)}, {});  // nothing at all
  sgd_update({tensors.parameters, tensors.gradients, {}}, {number(.5), number(1)}, {});
}

BOOST_AUTO_TEST_CASE(the_norm_is_exact_and_the_same_for_every_thread_count) {
  Tensors tensors{Tensor()};
  double expected = 0;
  unsigned stream = 0;
  for (const Shape& shape : kShapes) {
    tensors.push_back(cast(random_tensor(shape, stream++), DType::f32));
    for (const double value : tensors.back().to_doubles()) expected += value * value;
  }
  tensors.push_back(transpose(random_tensor({3, 4}, 77)));
  for (const double value : tensors.back().to_doubles()) expected += value * value;
  tensors.push_back(expand(Tensor::full({1, 3}, 2, DType::bf16), {5, 3}));
  expected += 60;
  const int before = thread_count();
  std::vector<double> norms;
  for (const int threads : {1, 2, 3}) {
    set_thread_count(threads);
    norms.push_back(squared_norm(tensors).item());
  }
  set_thread_count(before);
  check_close(norms, {expected, expected, expected}, 1e-12);
  BOOST_TEST(norms[0] == norms[1]);
  BOOST_TEST(norms[0] == norms[2]);
  BOOST_TEST(squared_norm({}).item() == 0);
  BOOST_TEST((squared_norm({}).dtype() == DType::f64));
  BOOST_TEST(std::isnan(squared_norm(Tensors{Tensor::full({1}, std::nan(""))}).item()));
}

BOOST_AUTO_TEST_CASE(clipping) {
  check_close({clip_factor(number(25, DType::f64), 1).item()}, {1 / 5.000001}, 1e-7);
  BOOST_TEST(clip_factor(number(.25), 1).item() == 1);
  BOOST_TEST(clip_factor(number(0), 1).item() == 1);
  BOOST_TEST((clip_factor(number(25, DType::f64), 1).dtype() == DType::f32));
  BOOST_TEST(std::isnan(clip_factor(number(std::nan("")), 1).item()));
}

BOOST_AUTO_TEST_CASE(scaling_in_place) {
  const Tensor base = Tensor::from(std::vector<double>{1, 2, 3, 4}, {2, 2}), narrow = Tensor::full({3}, 3, DType::bf16);
  scale_in_place(Tensors{select(base, 1, 0), narrow}, number(.5));
  check_close(base.to_doubles(), {.5, 2, 1.5, 4}, 0);
  check_close(narrow.to_doubles(), {1.5, 1.5, 1.5}, 0);
}

// Bit for bit: by its definition in the tensors' own type, and as scaling, a product and a sum one after the other.
template <class C>
void running_mean(DType dtype) {
  Tensors means, parts, values;
  std::vector<std::vector<double>> expected;
  unsigned stream = 0;
  for (const Shape& shape : kShapes) {
    means.push_back(cast(random_tensor(shape, stream++), dtype));
    values.push_back(cast(random_tensor(shape, stream++), dtype));
    parts.push_back(affine(means.back(), 1, 0));
    expected.push_back(means.back().to_doubles());
  }
  for (const double decay : {0.9999, 3.0 / 12, 0.0, 1.0}) {
    mean_update(means, values, number(decay, DType::f64), number(0, DType::f64));
    scale_in_place(parts, number(decay, DType::f64));
    for (std::size_t k = 0; k < means.size(); ++k) {
      add_in_place(parts[k], affine(values[k], 1 - decay, 0));
      const std::vector<double> value = values[k].to_doubles();
      for (std::size_t i = 0; i < value.size(); ++i) {
        const C kept = static_cast<C>(decay) * static_cast<C>(expected[k][i]);
        const C taken = static_cast<C>(1 - decay) * static_cast<C>(value[i]);
        expected[k][i] = static_cast<double>(kept + taken);
      }
      BOOST_TEST((means[k].to_doubles() == expected[k]));
      BOOST_TEST((means[k].to_doubles() == parts[k].to_doubles()));
    }
    for (const double flaw : {std::nan(""), std::numeric_limits<double>::infinity()}) {
      mean_update(means, values, number(0.5, DType::f64), number(flaw, DType::f64));
    }
  }
}

BOOST_AUTO_TEST_CASE(running_means_by_their_definition) {
  running_mean<float>(DType::f32);
  running_mean<double>(DType::f64);
  const Tensor base = Tensor::from(std::vector<double>{1, 2, 3, 4}, {2, 2});
  mean_update(Tensors{select(base, 1, 0)}, Tensors{Tensor::from(std::vector<double>{5, 7}, {2})}, number(.75),
              number(0));
  check_close(base.to_doubles(), {2, 2, 4, 4}, 0);
  mean_update({}, {}, number(.75), number(0));
  const Tensor p = Tensor::zeros({2}), g = Tensor::zeros({3}), one = number(1);
  check_error("E_SHAPE", {"[mean_update]", "0 values for 1 means"}, [&] { mean_update(Tensors{p}, {}, one, one); });
  check_error("E_SHAPE", {"[mean_update]", "value 0 f32[3], mean f32[2]"},
              [&] { mean_update(Tensors{p}, Tensors{g}, one, one); });
  check_error("E_DTYPE", {"[mean_update]", "value 0 f64[2], mean f32[2]"},
              [&] { mean_update(Tensors{p}, Tensors{Tensor::zeros({2}, DType::f64)}, one, one); });
  check_error("E_SHAPE", {"[mean_update]", "decay f32[2]"}, [&] { mean_update(Tensors{p}, Tensors{p}, p, one); });
  check_error("E_SHAPE", {"[mean_update]", "flaw undefined"}, [&] { mean_update(Tensors{p}, Tensors{p}, one, {}); });
}

BOOST_AUTO_TEST_CASE(bad_calls_are_named) {
  const Tensor p = Tensor::zeros({2}), g = Tensor::zeros({3}), one = number(1);
  check_error("E_SHAPE", {"[adam_update]", "0 gradients for 1 parameters"}, [&] {
    adam_update({{p}, {}, {p}, {p}, one, one}, {one, one}, {});
  });
  check_error("E_SHAPE", {"[adam_update]", "f32[3] into f32[2]"}, [&] {
    adam_update({{p}, {g}, {p}, {p}, one, one}, {one, one}, {});
  });
  check_error("E_SHAPE", {"[adam_update]", "0 second moments"}, [&] {
    adam_update({{p}, {p}, {p}, {}, one, one}, {one, one}, {});
  });
  check_error("E_SHAPE", {"[adam_update]", "rate undefined"}, [&] {
    adam_update({{p}, {p}, {p}, {p}, one, one}, {{}, one}, {});
  });
  check_error("E_DTYPE", {"[adam_update]", "first moments 0 f64[2]", "f32[2]"}, [&] {
    adam_update({{p}, {p}, {Tensor::zeros({2}, DType::f64)}, {p}, one, one}, {one, one}, {});
  });
  check_error("E_DTYPE", {"[sgd_update]", "bf16[2]"}, [&] {
    sgd_update({{Tensor::zeros({2}, DType::bf16)}, {p}, {}}, {one, one}, {});
  });
  check_error("E_SHAPE", {"[scale_in_place]", "f32[2]"}, [&] { scale_in_place(Tensors{p}, p); });
  check_error("E_DTYPE", {"[squared_norm]", "i64[1]"}, [] { (void)squared_norm(Tensors{ids({1}, {1})}); });
}

BOOST_AUTO_TEST_SUITE_END()
