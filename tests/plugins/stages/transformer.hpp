// Tiny Transformers from recipes.
#pragma once

#include <string>

#include "plugins/stages/seq2seq.hpp"

namespace strata_test {

struct TransformerRecipe {
  int width = 8, layers = 1;
  std::string attention = R"({"type": "sdpa", "heads": 2})";
  std::string block = {};  // further members of the block
  std::string activation = "relu";
  std::string positions = R"("sinusoidal")";
  std::string tie = "target";
};

inline std::string transformer_recipe(const TransformerRecipe& r) {
  const std::string layers = R"({"layers": )" + std::to_string(r.layers) + "}";
  return R"({"type": "transformer", "dropout": 0, "width": )" + std::to_string(r.width) + R"(, "tie": ")" + r.tie +
         R"(", "positions": )" + r.positions + R"(, "encoder": )" + layers + R"(, "decoder": )" + layers +
         R"(, "block": {"type": "transformer", "dropout": 0, "attention": )" + r.attention +
         R"(, "feed_forward": {"type": "feed_forward", "hidden": 6, "activation": ")" + r.activation + R"("})" +
         (r.block.empty() ? "" : ", " + r.block) + "}}";
}

}  // namespace strata_test
