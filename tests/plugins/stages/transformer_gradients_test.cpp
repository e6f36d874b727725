// The Transformer's gradients against central differences in float64.
#include "plugins/stages/gradients.hpp"
#include "plugins/stages/transformer.hpp"

using namespace strata_test;

BOOST_AUTO_TEST_SUITE(transformer_gradients)

BOOST_AUTO_TEST_CASE(norms_behind_with_one_table) {
  check_model_gradients(transformer_recipe({.width = 4, .tie = "all"}));
}
BOOST_AUTO_TEST_CASE(norms_first_gelu_and_learned_positions) {
  check_model_gradients(transformer_recipe({.width = 4,
                                            .block = R"("norm_first": true)",
                                            .activation = "gelu",
                                            .positions = R"({"type": "learned", "max_length": 5})"}));
}
BOOST_AUTO_TEST_CASE(gated_with_fewer_key_heads) {
  check_model_gradients(transformer_recipe({.width = 4,
                                            .attention = R"({"type": "sdpa", "heads": 4, "kv_heads": 2})",
                                            .activation = "swiglu",
                                            .tie = "none"}));
}
BOOST_AUTO_TEST_CASE(another_mechanism_for_the_source) {
  check_model_gradients(
      transformer_recipe({.width = 4, .block = R"("cross_attention": {"type": "linear", "heads": 2})"}));
  check_model_gradients(transformer_recipe({.width = 4, .block = R"("cross_attention": "additive")"}));
}

BOOST_AUTO_TEST_SUITE_END()
