// The encoder-decoder's gradients against central differences in float64, on every parameter of many small models, with
// padding on both sides.
#include "plugins/stages/gradients.hpp"

using namespace strata_test;

BOOST_AUTO_TEST_SUITE(seq2seq_gradients)

BOOST_AUTO_TEST_CASE(additive_over_two_bidirectional_layers) {
  check_model_gradients(recipe("lstm", R"("additive")", 2, "", true, 2));
}
BOOST_AUTO_TEST_CASE(additive_of_another_width_from_a_copied_state) {
  check_model_gradients(recipe("lstm", R"({"type": "additive", "width": 3})", 2, R"("bridge": "copy")"));
}
BOOST_AUTO_TEST_CASE(dot_one_way_with_tied_embeddings) {
  check_model_gradients(recipe("gru", R"("dot")", 2, R"("bridge": "copy", "tie": "target")", false));
}
BOOST_AUTO_TEST_CASE(general_from_a_zero_state) {
  check_model_gradients(recipe("rnn", R"("general")", 2, R"("bridge": "zero")"));
}
BOOST_AUTO_TEST_CASE(concat_over_a_reversed_source) {
  check_model_gradients(recipe("gru", R"({"type": "concat", "width": 1})", 2, R"("reverse_source": true)"));
}
BOOST_AUTO_TEST_CASE(without_attention_two_layers_copied_and_reversed) {
  check_model_gradients(recipe("lstm", "", 2, R"("bridge": "copy", "reverse_source": true)", false, 2));
}
BOOST_AUTO_TEST_CASE(without_attention_projected_gru) { check_model_gradients(recipe("gru", "", 2)); }
BOOST_AUTO_TEST_CASE(the_examples) {
  check_model_gradients(recipe("sru", R"({"type": "linear", "heads": 2})", 2, R"("bridge": "copy")"));
}
BOOST_AUTO_TEST_CASE(mixed_cells_widths_and_a_readout) {
  check_model_gradients(
      R"({"type": "seq2seq", "dropout": 0, "embedding": 3, "tie": "target", "encoder": {"cell": "gru", "hidden": 2},
          "decoder": {"cell": "lstm", "hidden": 2, "layers": 2}})");
  check_model_gradients(
      R"({"type": "seq2seq", "dropout": 0, "embedding": 2, "encoder": {"cell": "rnn", "hidden": 4, "bidirectional": true},
          "decoder": {"cell": "rnn", "hidden": 3, "layers": 2, "attention": "general"}})");
}

BOOST_AUTO_TEST_SUITE_END()
