// Weights in 8 bits: what rounding may cost, layers that compute with codes, checkpoints that hold them.
#include "strata/nn/quantize.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>

#include "framework/ops/check.hpp"
#include "framework/train/tiny.hpp"
#include "strata/checkpoint/checkpoint.hpp"
#include "strata/checkpoint/safetensors.hpp"
#include "strata/nn/layers.hpp"
#include "strata/run/load_model.hpp"
#include "throws.hpp"

using namespace strata;
using namespace strata::test;

namespace {

// Both share one table, as a tied decoder does.
class Tied final : public Layer {
 public:
  Tied() : table(6, 40, 1.0), output(table.weight(), true) {
    child("table", table);
    child("output", output);
  }
  Embedding table;
  Linear output;
};

// A run of three updates, and its last checkpoint in 8 bits.
class InCodes : public strata_test::TinyTask {
 public:
  InCodes() {
    train(recipe(R"({"max_updates": 3, "checkpoint_every": 1, "validate_every": 2})"), run_path());
    const ContextScope scope;
    LoadedModel loaded = load_model(run_path(), "latest");
    done = quantize(*loaded.model);
    save_model(loaded, path("codes"));
  }
  std::string folder() const { return path("codes"); }
  std::string weights() const { return folder() + "/model.safetensors"; }
  Quantized done;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(quantizing)

BOOST_AUTO_TEST_CASE(no_element_is_off_by_more_than_half_a_step) {
  const Tensor matrix = random_tensor({17, 33});
  const Int8Rows rows = quantize_rows(matrix);
  const std::vector<double> values = matrix.to_doubles(), back = dequantize(rows).to_doubles(),
                            scale = rows.scale.to_doubles();
  for (std::size_t o = 0; o < 17; ++o) {
    double largest = 0;
    for (std::size_t k = 0; k < 33; ++k) largest = std::max(largest, std::abs(values[o * 33 + k]));
    BOOST_TEST(scale[o] == largest / 127, boost::test_tools::tolerance(1e-6));
    for (std::size_t k = 0; k < 33; ++k) {
      BOOST_TEST(std::abs(values[o * 33 + k] - back[o * 33 + k]) <= scale[o] / 2 * (1 + 1e-5));
    }
  }
  for (const std::int64_t code : rows.codes.to_integers()) BOOST_TEST(std::abs(code) <= 127);
  const Int8Rows nothing = quantize_rows(Tensor::zeros({2, 3}));
  BOOST_TEST(dequantize(nothing).to_doubles() == std::vector<double>(6, 0.0), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_layer_in_codes_computes_what_its_codes_say) {
  Linear layer(40, 9);
  layer.materialise(3);
  const Tensor x = cast(random_tensor({5, 40}), DType::f32);
  const std::vector<double> before = layer(x).to_doubles();
  const Quantized done = quantize(layer);
  BOOST_TEST(done.parameters == 1);
  BOOST_TEST(done.bytes_before == (40 * 9 + 9) * 4);
  BOOST_TEST(done.bytes_after == 40 * 9 + 9 * 4 + 9 * 4);
  const std::vector<double> after = layer(x).to_doubles();
  // codes of both sides, multiplied in float64
  const Int8Rows own = quantize_rows(x);
  const std::vector<double> a = own.codes.to_doubles(), b = layer.weight().rows().codes.to_doubles(),
                            a_scale = own.scale.to_doubles(), b_scale = layer.weight().rows().scale.to_doubles(),
                            bias = layer.bias().value().to_doubles();
  for (std::size_t i = 0; i < 5; ++i) {
    for (std::size_t o = 0; o < 9; ++o) {
      double sum = 0;
      for (std::size_t k = 0; k < 40; ++k) sum += a[i * 40 + k] * b[o * 40 + k];
      const double expected = sum * a_scale[i] * b_scale[o] + bias[o];
      BOOST_TEST(std::abs(after[i * 9 + o] - expected) <= 1e-6);
      // a step of x is 1/127 of about 2, one of the weight 1/127 of 0.16, and 40 errors add up as a root
      BOOST_TEST(std::abs(after[i * 9 + o] - before[i * 9 + o]) <= 0.02);
    }
  }
  BOOST_TEST(quantize(layer).parameters == 1);  // again: as it is
}

BOOST_AUTO_TEST_CASE(a_tied_table_is_in_codes_once_and_read_by_both) {
  Tied model;
  model.materialise(4);
  const Tensor which = ids({5, 0, 5}, {3});
  const std::vector<double> rows = model.table(which).to_doubles();
  BOOST_TEST(quantize(model).parameters == 1);
  check_close(model.table(which).to_doubles(), rows, 0.02);
  BOOST_TEST(model.output.weight().quantized());
  const std::vector<double> table = model.table.weight().value().to_doubles();  // what the codes stand for
  const std::vector<double> again = model.table(which).to_doubles();
  for (std::size_t k = 0; k < 40; ++k) BOOST_TEST(again[k] == table[5 * 40 + k]);
}

BOOST_AUTO_TEST_CASE(a_row_that_is_no_number_stays_none) {
  Linear layer(8, 3);
  layer.materialise(3);
  (void)quantize(layer);
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    std::vector<float> values(16, 1.0F);
    values[3] = bad;
    const std::vector<double> y = layer(Tensor::from(values, {2, 8})).to_doubles();
    for (std::size_t o = 0; o < 3; ++o) {
      BOOST_TEST(std::isnan(y[o]));
      BOOST_TEST(std::isfinite(y[3 + o]));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_checkpoint_in_codes_comes_back_as_it_was) {
  const InCodes run;
  BOOST_TEST(run.done.parameters > 0);
  BOOST_TEST(run.done.bytes_after < run.done.bytes_before);
  const LoadedModel loaded = load_model(run.folder());
  const SafetensorsFile file(run.weights());
  std::int64_t in_codes = 0;
  for (const NamedParameter& one : loaded.model->parameters()) {
    if (!one.parameter.quantized()) continue;
    ++in_codes;
    const Tensor codes = file.read(*file.find(one.name + ".codes"));
    BOOST_TEST(codes.to_integers() == one.parameter.rows().codes.to_integers(), boost::test_tools::per_element());
  }
  BOOST_TEST(in_codes == run.done.parameters);
}

BOOST_AUTO_TEST_CASE(codes_that_do_not_fit_are_refused_and_nothing_changes) {
  const InCodes run;
  const SafetensorsFile file(run.weights());
  std::vector<NamedTensor> tensors;
  for (const SafetensorsFile::Entry& entry : file.entries()) tensors.push_back({entry.name, file.read(entry)});
  const auto found = std::find_if(tensors.begin(), tensors.end(), [](const NamedTensor& one) {
    return one.name.ends_with(".scale") && one.value.numel() > 1;
  });
  BOOST_REQUIRE((found != tensors.end()));
  const std::string other = run.path("other.safetensors");
  const LoadedModel loaded = load_model(run.run_path(), "latest");
  const std::vector<NamedParameter> parameters = loaded.model->parameters();
  const auto refuses = [&](const Tensor& scale, const char* code, const std::string& text) {
    const Tensor kept = found->value;
    found->value = scale;
    write_safetensors(other, tensors);
    found->value = kept;
    check_throws([&] { load_parameters(other, parameters); }, code, other, text);
    require_whole(parameters, other);  // as before
  };
  std::vector<float> scale(static_cast<std::size_t>(found->value.numel()), 1);
  scale[1] = std::numeric_limits<float>::quiet_NaN();
  refuses(Tensor::from(scale, found->value.shape()), "E_CHECKPOINT_SCALE", found->name + "[1] is nan");
  scale[1] = -1;
  refuses(Tensor::from(scale, found->value.shape()), "E_CHECKPOINT_SCALE", found->name + "[1] is -1");
  refuses(Tensor::full({found->value.numel() + 1}, 1), "E_CHECKPOINT_SHAPE", "is needed");
  refuses(Tensor::full(found->value.shape(), 1, DType::i64), "E_CHECKPOINT_DTYPE", "is i64 in the file, f32 is needed");
  tensors.erase(found);
  write_safetensors(other, tensors);
  check_throws([&] { load_parameters(other, parameters); }, "E_CHECKPOINT_PARAMETERS", other, "lacks ");
}

BOOST_AUTO_TEST_CASE(what_learns_wants_whole_weights) {
  const InCodes run;
  const LoadedModel loaded = load_model(run.folder());
  check_throws([&] { require_whole(loaded.model->parameters(), run.folder()); }, "E_CHECKPOINT_QUANTIZED", run.folder(),
               "held in 8 bits");
}

BOOST_AUTO_TEST_SUITE_END()
