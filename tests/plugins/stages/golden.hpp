// A model against PyTorch: logits, loss, every gradient, ten losses of training, from a file that a script beside it
// wrote (tests/golden/training.py).
#pragma once

#include "plugins/stages/seq2seq.hpp"
#include "strata/autograd/backward.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/shape.hpp"
#include "strata/ops/update.hpp"
#include "strata/train/optimizer.hpp"

namespace strata_test {

struct GoldenModel {
  std::string file;  // under tests/golden
  std::string json;
  Model::Facts facts;
  double f32 = 1e-6;  // parameters and all between are rounded at 6e-8; some of them meet in a value of size one
};

inline std::vector<double> reals(const Config& list) {
  std::vector<double> out;
  for (const Config& item : list.items()) out.push_back(item.real());
  return out;
}
inline Ids words_of(const Config& list) {
  Ids out;
  for (const Config& item : list.items()) out.push_back(static_cast<std::int32_t>(item.integer()));
  return out;
}

// The file, and our model with its parameters.
struct Golden {
  Golden(const GoldenModel& golden, DType dtype)
      : file(read_json(std::string(STRATA_SOURCE_DIR) + "/tests/golden/" + golden.file)),
        model(make<Model>(golden.json, golden.facts)) {
    model->materialise(1, dtype);
    parameters = model->parameters();
    BOOST_REQUIRE_EQUAL(parameters.size(), file.at("parameters").members().size());
    for (const NamedParameter& one : parameters) {
      const Config& given = file.at("parameters").at(one.name);
      Shape shape;
      for (const Config& extent : given.at("shape").items()) shape.push_back(extent.integer());
      BOOST_REQUIRE_MESSAGE(shape == one.parameter.shape(), one.name << " has another shape");
      copy_into(one.parameter.value(), Tensor::from(reals(given.at("values")), shape));
    }
    Pairs pairs;
    for (const Config& pair : file.at("pairs").items())
      pairs.push_back({words_of(pair.items()[0]), words_of(pair.items()[1])});
    batch = batch_of(pairs);
  }
  // Gradients of the loss per token.
  double backward_once() {
    for (const NamedParameter& one : parameters) one.parameter.value().set_grad({});
    const Loss loss = model->loss(batch, {});
    const Tensor mean = affine(loss.sum, 1 / file.at("tokens").real(), 0);
    backward(mean);
    return mean.item();
  }

  Config file;
  std::shared_ptr<Model> model;
  std::vector<NamedParameter> parameters;
  TensorBatch batch;
};

// f64: rounding alone.
inline double golden_tolerance(const GoldenModel& which, DType dtype) {
  return dtype == DType::f64 ? 1e-12 : which.f32;
}

inline void first_pass_equals_pytorch(const GoldenModel& which) {
  for (const char* kernels : {"plain", "best"}) {
    const Kernels scope(kernels);
    for (const DType dtype : {DType::f64, DType::f32}) {
      const std::string label = std::string(" ") + kernels + " " + name_of(dtype);
      Golden golden(which, dtype);
      {
        const NoGrad none;
        auto& generator = require<Generator>(*golden.model, "Generator", "test");
        const auto state = generator.begin(golden.batch);
        Tensors steps;
        for (const Tensor& ids : unbind(golden.batch["target_in"], 1)) steps.push_back(generator.step(*state, ids));
        const auto logits = stack(steps, 1).to_doubles(), expected = reals(golden.file.at("logits").at("values"));
        check_within("logits" + label, difference(logits, expected), golden_tolerance(which, dtype));
      }
      const double loss = golden.backward_once() * golden.file.at("tokens").real();
      check_within("loss" + label, std::abs(loss / golden.file.at("loss").real() - 1), golden_tolerance(which, dtype));
      double worst = 0;
      for (const NamedParameter& one : golden.parameters) {
        const double apart = difference(one.parameter.value().grad().to_doubles(),
                                        reals(golden.file.at("gradients").at(one.name).at("values")));
        BOOST_TEST(apart <= golden_tolerance(which, dtype), one.name << label << " differs by " << apart);
        worst = std::max(worst, apart);
      }
      check_within("gradients" + label, worst, golden_tolerance(which, dtype));
    }
  }
}

// Adam divides a gradient by its own size: where that is near its rounding, f32 moves an element by up to the rate in
// another direction, which shows in a loss at about 1e-5.
inline void training_equals_pytorch(const GoldenModel& which) {
  for (const char* kernels : {"plain", "best"}) {
    const Kernels scope(kernels);
    for (const DType dtype : {DType::f64, DType::f32}) {
      Golden golden(which, dtype);
      const auto optimizer = make<Optimizer>(R"("adam")", Optimizer::Facts::of(golden.parameters));
      const std::vector<double> losses = reals(golden.file.at("losses")), norms = reals(golden.file.at("norms"));
      const DType scalar = dtype;
      double worst = 0, worst_norm = 0;
      for (std::size_t i = 0; i < losses.size(); ++i) {
        worst = std::max(worst, std::abs(golden.backward_once() / losses[i] - 1));
        Tensors gradients;
        for (const NamedParameter& one : golden.parameters) gradients.push_back(one.parameter.value().grad());
        const Tensor squared = squared_norm(gradients);
        worst_norm = std::max(worst_norm, std::abs(std::sqrt(squared.item()) / norms[i] - 1));
        const double limit = golden.file.at("clip").real();
        const double factor = std::min(1.0, limit / (std::sqrt(squared.item()) + 1e-6));
        if (dtype == DType::f32)
          check_within("clip factor", std::abs(clip_factor(squared, limit).item() - factor), 1e-7);
        const Tensor rate = Tensor::scalar(golden.file.at("rate").real(), scalar);
        optimizer->step(std::span(&rate, 1), Tensor::scalar(factor, scalar));
      }
      const std::string label = std::string(" ") + kernels + " " + name_of(dtype);
      const double tolerance = dtype == DType::f64 ? 1e-10 : 1e-4;
      check_within("norms" + label, worst_norm, tolerance);
      check_within("losses" + label, worst, tolerance);
    }
  }
}

}  // namespace strata_test
