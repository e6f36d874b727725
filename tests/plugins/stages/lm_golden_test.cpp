// AWD-LSTM against PyTorch with the same masks of dropout (tests/golden/lm): loss, gradients, ten losses of training
// with carried state.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <map>

#include "plugins/load.hpp"
#include "strata/autograd/backward.hpp"
#include "strata/autograd/context.hpp"
#include "strata/core/json.hpp"
#include "strata/model/model.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/update.hpp"

using namespace strata;

namespace {

constexpr std::int64_t kRows = 3, kTime = 5, kVocabulary = 13;

std::vector<double> reals(const Config& list) {
  std::vector<double> out;
  for (const Config& item : list.items()) out.push_back(item.real());
  return out;
}

struct Golden {
  explicit Golden(DType dtype)
      : file(read_json(std::string(STRATA_SOURCE_DIR) + "/tests/golden/lm/awd_lstm.json")),
        model(strata_test::make<Model>(
            R"({"type": "awd_lstm", "embedding": 6, "hidden": 8, "embedding_dropout": 0.2, "output_dropout": 0.3})",
            {Sizes{{"tokens", {kVocabulary}}}})) {
    model->materialise(1, dtype);
    BOOST_REQUIRE_EQUAL(model->parameters().size(), file.at("parameters").members().size());
    for (const NamedParameter& one : model->parameters()) {
      const Config& given = file.at("parameters").at(one.name);
      copy_into(one.parameter.value(), Tensor::from(reals(given.at("values")), one.parameter.shape()));
    }
  }

  TensorBatch batch(std::int64_t update) const {
    Batch batch;
    batch.size = kRows;
    batch.tokens = kRows * kTime;
    batch.columns = {{"tokens", {kRows, kTime}, ids(update * kTime), {}},
                     {"targets", {kRows, kTime}, ids(update * kTime + 1), {}}};
    return to_tensors(batch);
  }
  // The loss a token, with gradients.
  double step(const TensorBatch& batch, Tensors& carry) const {
    for (const NamedParameter& one : model->parameters()) one.parameter.value().set_grad({});
    Loss loss = model->loss(batch, {});
    const Tensor mean = affine(loss.sum, 1.0 / (kRows * kTime), 0);
    backward(mean);
    carry.clear();
    for (const Tensor& state : loss.carry) carry.push_back(state.detach());
    return mean.item();
  }

  Config file;
  std::shared_ptr<Model> model;

 private:
  std::vector<std::int32_t> ids(std::int64_t begin) const {
    std::vector<std::int32_t> out;
    for (const Config& row : file.at("ids").items()) {
      for (std::int64_t t = 0; t < kTime; ++t) {
        out.push_back(static_cast<std::int32_t>(row.items()[static_cast<std::size_t>(begin + t)].integer()));
      }
    }
    return out;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(lm_golden)

BOOST_AUTO_TEST_CASE(loss_gradients_and_ten_losses_equal_pytorch) {
  for (const DType dtype : {DType::f64, DType::f32}) {
    const double tolerance = dtype == DType::f64 ? 1e-11 : 2e-5;
    const Golden golden(dtype);
    {
      const NoGrad none;
      const double loss = golden.model->loss(golden.batch(0), {}).sum.item() / (kRows * kTime);
      BOOST_TEST(std::abs(loss - golden.file.at("evaluation").real()) < tolerance);
    }
    const ContextScope scope;
    context().training = true;
    const std::vector<double> losses = reals(golden.file.at("losses"));
    Tensors carry;
    for (std::size_t update = 0; update < losses.size(); ++update) {
      context().random_step = Tensor::full({}, static_cast<double>(update), DType::i64);
      TensorBatch batch = golden.batch(static_cast<std::int64_t>(update));
      batch.carry = carry;
      const double loss = golden.step(batch, carry);
      BOOST_TEST(std::abs(loss - losses[update]) < tolerance, "loss " << update << ": " << loss);
      const NoGrad none;
      for (const NamedParameter& one : golden.model->parameters()) {
        const Tensor gradient = one.parameter.value().grad();
        if (update == 0) {
          const std::vector<double> expected = reals(golden.file.at("gradients").at(one.name).at("values")),
                                    got = gradient.to_doubles();
          double worst = 0;
          for (std::size_t i = 0; i < got.size(); ++i) worst = std::max(worst, std::abs(got[i] - expected[i]));
          BOOST_TEST(worst < tolerance, one.name << " differs by " << worst);
        }
        const Tensor moved = sub(one.parameter.value().detach(), affine(gradient, golden.file.at("rate").real(), 0));
        const Tensors to{one.parameter.value()}, from{moved};
        copy_into(to, from);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
