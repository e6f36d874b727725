// Block: what every state does.
#include "strata/nn/block.hpp"

#include "strata/ops/index.hpp"

namespace strata {

void Block::reorder(State& state, const Tensor& rows, const Tensor& sentences) {
  state.past.select(rows);
  if (state.weights.defined()) state.weights = index_rows(state.weights, rows);
  if (!sentences.defined()) return;
  state.memory.select(sentences);
  if (state.memory_mask.keys.defined()) state.memory_mask.keys = index_rows(state.memory_mask.keys, sentences);
}

bool Block::reserve(State& state, std::int64_t read, std::int64_t more) { return state.past.reserve(read, more); }

void Block::visit(State& state, const std::function<void(Tensor&)>& each) {
  state.past.visit(each);
  if (state.weights.defined()) each(state.weights);
}

}  // namespace strata
