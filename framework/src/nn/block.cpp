// Block: what every state does.
#include "strata/nn/block.hpp"

#include "strata/nn/roles.hpp"
#include "strata/ops/index.hpp"

namespace strata {

std::string Block::lacks(const Positional& positions) const {
  const Positional::Traits& traits = positions.traits();
  return traits.rotates || traits.biases ? "the block applies no positions within attention" : "";
}

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
