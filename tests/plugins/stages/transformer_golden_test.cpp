// The Transformer against PyTorch's nn.Transformer layers (tests/golden/transformer).
#include "plugins/stages/golden.hpp"

using namespace strata_test;

namespace {

GoldenModel golden(const std::string& form) {
  return {
      "transformer/" + form + ".json",
      R"({"type": "transformer", "width": 6, "dropout": 0, "tie": "all", "encoder": {"layers": 2}, "decoder": {"layers": 2},
  "block": {"type": "transformer", "dropout": 0, "norm_first": )" +
          std::string(form == "pre" ? "true" : "false") +
          R"(, "attention": {"type": "sdpa", "heads": 2}, "feed_forward": {"type": "feed_forward", "hidden": 10}}})",
      {pair_sizes(9, 9)},
      5e-6};  // a norm divides by the deviation of six numbers, which may be small, and there are ten
}

}  // namespace

BOOST_AUTO_TEST_SUITE(transformer_golden)

BOOST_AUTO_TEST_CASE(norms_first_equal_pytorch) { first_pass_equals_pytorch(golden("pre")); }
BOOST_AUTO_TEST_CASE(norms_behind_equal_pytorch) { first_pass_equals_pytorch(golden("post")); }
BOOST_AUTO_TEST_CASE(ten_losses_with_norms_first_equal_pytorch) { training_equals_pytorch(golden("pre")); }
BOOST_AUTO_TEST_CASE(ten_losses_with_norms_behind_equal_pytorch) { training_equals_pytorch(golden("post")); }

BOOST_AUTO_TEST_SUITE_END()
