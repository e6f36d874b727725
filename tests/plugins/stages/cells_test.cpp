// The recurrent plugin's cells: what they declare, and that a walk by steps equals their fused sequence.
#include "plugins/stages/seq2seq.hpp"
#include "strata/nn/cell.hpp"
#include "strata/ops/elementwise.hpp"

using namespace strata_test;

namespace {

constexpr std::int64_t kBatch = 4, kTime = 6, kInput = 5, kHidden = 7;

Tensor random(Rng& rng, const Shape& shape, DType dtype) {
  std::vector<double> values(static_cast<std::size_t>(shape.numel()));
  for (double& value : values) value = rng.uniform() * 2 - 1;
  return cast(Tensor::from(values, shape), dtype);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cells)

BOOST_AUTO_TEST_CASE(parameters_are_those_of_the_field) {
  for (const auto& [name, gates, parts] :
       {std::tuple{"rnn", 1, 1}, std::tuple{"gru", 3, 1}, std::tuple{"lstm", 4, 2}}) {
    const auto cell = make<Cell>(std::string("\"") + name + "\"", {kInput, kHidden});
    const auto parameters = cell->parameters();
    BOOST_REQUIRE_EQUAL(parameters.size(), 4U);
    BOOST_TEST(parameters[0].name == "weight_ih");
    BOOST_TEST((parameters[0].parameter.shape() == Shape{gates * kHidden, kInput}));
    BOOST_TEST(parameters[1].name == "weight_hh");
    BOOST_TEST((parameters[1].parameter.shape() == Shape{gates * kHidden, kHidden}));
    BOOST_TEST(parameters[2].name == "bias_ih");
    BOOST_TEST(parameters[3].name == "bias_hh");
    BOOST_TEST((parameters[3].parameter.shape() == Shape{gates * kHidden}));
    BOOST_TEST(cell->state_parts() == parts);
    cell->materialise(1);
    for (const NamedParameter& one : parameters) {
      for (const double value : one.parameter.value().to_doubles()) BOOST_TEST(std::abs(value) <= 1 / std::sqrt(7.0));
    }
  }
}

// f32: a rounding is 6e-8, six steps of it. bf16: 2^-9 a rounding of values below one, and steps round more often.
BOOST_AUTO_TEST_CASE(a_walk_by_steps_equals_the_sequence) {
  constexpr std::uint64_t kSeed = 3;
  for (const char* kernels : {"plain", "best"}) {
    const Kernels scope(kernels);
    const NoGrad none;
    for (const char* name : {"rnn", "gru", "lstm"}) {
      for (const auto& [dtype, tolerance] :
           {std::pair{DType::f64, 1e-13}, std::pair{DType::f32, 2e-6}, std::pair{DType::bf16, 2e-2}}) {
        context().compute = dtype == DType::bf16 ? dtype : DType::f32;
        const DType stored = dtype == DType::f64 ? dtype : DType::f32;
        const auto cell = make<Cell>(std::string("\"") + name + "\"", {kInput, kHidden});
        cell->materialise(kSeed, stored);
        Rng rng(kSeed, name);
        const Tensor x = random(rng, {kBatch, kTime, kInput}, stored);
        Tensors given;
        for (int i = 0; i < cell->state_parts(); ++i) given.push_back(random(rng, {kBatch, kHidden}, dtype));
        const Tensor lengths = Tensor::from(std::vector<std::int64_t>{6, 1, 4, 3}, {kBatch});
        double worst = 0;
        for (const bool reverse : {false, true}) {
          for (const Tensor& rows : {Tensor(), lengths}) {
            for (const Tensors& state : {Tensors{}, given}) {
              const Cell::Sequence fused = cell->sequence(x, state, rows, reverse);
              const Cell::Sequence walked = cell->Cell::sequence(x, state, rows, reverse);
              BOOST_REQUIRE_EQUAL(fused.state.size(), walked.state.size());
              BOOST_TEST((fused.outputs.dtype() == dtype));
              worst = std::max(worst, difference(walked.outputs.to_doubles(), fused.outputs.to_doubles()));
              for (std::size_t k = 0; k < fused.state.size(); ++k) {
                worst = std::max(worst, difference(walked.state[k].to_doubles(), fused.state[k].to_doubles()));
              }
            }
          }
        }
        check_within(std::string(name) + " " + kernels + " " + name_of(dtype) + ", seed 3", worst, tolerance);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
