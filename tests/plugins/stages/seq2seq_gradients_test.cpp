// The encoder-decoder's gradients against central differences in float64, on every parameter of many small models, with
// padding on both sides.
#include "plugins/stages/seq2seq.hpp"
#include "strata/autograd/backward.hpp"

using namespace strata_test;

namespace {

constexpr std::int64_t kWords = 6;
const Pairs kPairs = {{{4, 5, 4}, {5}}, {{5}, {4, 4, 5}}};

void check_gradients(const std::string& json) {
  const Kernels scope("plain");
  const auto model = make_model(json, kWords, DType::f64);
  const TensorBatch batch = batch_of(kPairs);
  const std::vector<NamedParameter> parameters = model->parameters();
  Tensors leaves;
  for (const NamedParameter& one : parameters) leaves.push_back(one.parameter.value());
  const auto loss = [&](std::span<const Tensor> values) {
    for (std::size_t i = 0; i < values.size(); ++i) parameters[i].parameter.state().value = values[i];
    return Tensors{model->loss(batch, {.label_smoothing = 0.1}).sum};
  };
  const GradcheckReport report = gradcheck(loss, leaves);
  BOOST_TEST_MESSAGE(json << ": " << leaves.size() << " parameters, worst " << report.worst << ", tolerance 1e-6, at "
                          << report.message);
  BOOST_TEST(report.passed, report.message);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(seq2seq_gradients)

BOOST_AUTO_TEST_CASE(additive_over_two_bidirectional_layers) {
  check_gradients(recipe("lstm", R"("additive")", 2, "", true, 2));
}
BOOST_AUTO_TEST_CASE(additive_of_another_width_from_a_copied_state) {
  check_gradients(recipe("lstm", R"({"type": "additive", "width": 3})", 2, R"("bridge": "copy")"));
}
BOOST_AUTO_TEST_CASE(dot_one_way_with_tied_embeddings) {
  check_gradients(recipe("gru", R"("dot")", 2, R"("bridge": "copy", "tie": "target")", false));
}
BOOST_AUTO_TEST_CASE(general_from_a_zero_state) {
  check_gradients(recipe("rnn", R"("general")", 2, R"("bridge": "zero")"));
}
BOOST_AUTO_TEST_CASE(concat_over_a_reversed_source) {
  check_gradients(recipe("gru", R"({"type": "concat", "width": 1})", 2, R"("reverse_source": true)"));
}
BOOST_AUTO_TEST_CASE(without_attention_two_layers_copied_and_reversed) {
  check_gradients(recipe("lstm", "", 2, R"("bridge": "copy", "reverse_source": true)", false, 2));
}
BOOST_AUTO_TEST_CASE(without_attention_projected_gru) { check_gradients(recipe("gru", "", 2)); }
BOOST_AUTO_TEST_CASE(the_examples) {
  check_gradients(recipe("sru", R"({"type": "linear", "heads": 2})", 2, R"("bridge": "copy")"));
}
BOOST_AUTO_TEST_CASE(mixed_cells_widths_and_a_readout) {
  check_gradients(
      R"({"type": "seq2seq", "dropout": 0, "embedding": 3, "tie": "target", "encoder": {"cell": "gru", "hidden": 2},
          "decoder": {"cell": "lstm", "hidden": 2, "layers": 2}})");
  check_gradients(
      R"({"type": "seq2seq", "dropout": 0, "embedding": 2, "encoder": {"cell": "rnn", "hidden": 4, "bidirectional": true},
          "decoder": {"cell": "rnn", "hidden": 3, "layers": 2, "attention": "general"}})");
}

BOOST_AUTO_TEST_SUITE_END()
