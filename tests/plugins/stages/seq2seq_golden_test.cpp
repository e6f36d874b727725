// The attention model against PyTorch (tests/golden/seq2seq).
#include "plugins/stages/golden.hpp"

using namespace strata_test;

namespace {

const GoldenModel kGolden{"seq2seq/attention.json",
                          R"({"type": "seq2seq", "embedding": 4, "dropout": 0, "bridge": "project",
  "encoder": {"cell": "lstm", "hidden": 6, "bidirectional": true},
  "decoder": {"cell": "lstm", "hidden": 6, "attention": {"type": "additive", "width": 5}}})",
                          {pair_sizes(9, 8)}};

}  // namespace

BOOST_AUTO_TEST_SUITE(seq2seq_golden)

BOOST_AUTO_TEST_CASE(logits_loss_and_gradients_equal_pytorch) { first_pass_equals_pytorch(kGolden); }
BOOST_AUTO_TEST_CASE(ten_losses_of_training_equal_pytorch) { training_equals_pytorch(kGolden); }

BOOST_AUTO_TEST_SUITE_END()
