// Block: what every state does.
#include "strata/nn/block.hpp"

#include "strata/ops/index.hpp"

namespace strata {

void Block::reorder(State& state, const Tensor& rows, const Tensor& sentences) {
  for (Tensor& part : state.past.state) part = index_rows(part, rows);
  if (state.weights.defined()) state.weights = index_rows(state.weights, rows);
  if (!sentences.defined()) return;
  for (Tensor& part : state.memory.state) part = index_rows(part, sentences);
  if (state.memory_mask.keys.defined()) state.memory_mask.keys = index_rows(state.memory_mask.keys, sentences);
}

}  // namespace strata
