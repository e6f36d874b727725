// One side of the Transformer.
#include "stack.hpp"

#include <cmath>
#include <string>

#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/shape.hpp"
#include "strata/tensor/context.hpp"
#include "strata/text/vocabulary.hpp"

namespace strata {

namespace {

// first, first + 1, ... -> [1,T]
Tensor positions_from(std::int64_t first, std::int64_t time) {
  if (time == 1) return Tensor::full({1, 1}, static_cast<double>(first), DType::i64);
  const Tensor from_zero = reshape(iota(time), {1, time});
  return first == 0 ? from_zero : affine(from_zero, 1, static_cast<double>(first));
}

}  // namespace

BlockStack::BlockStack(const TransformerOptions& options, const StackOptions& own, const Facts& facts)
    : side_(facts.side), width_(options.width), dropout_(options.dropout) {
  if (facts.embedding == nullptr) {
    // Multiplied by sqrt(C) below, so that an element starts at size one.
    own_table_ =
        std::make_unique<Embedding>(facts.vocabulary, width_, 1 / std::sqrt(static_cast<double>(width_)), kPad);
    child("embedding", *own_table_);
    table_ = own_table_->weight();
  } else {
    table_ = *facts.embedding;
    share("embedding.weight", table_);
  }
  positions_ = options.positions.make({width_, 1});
  child("positions", positions_);
  child("dropout", dropout_);
  const Slot<Block>& block = own.block ? own.block : options.block;
  for (std::int64_t layer = 0; layer < own.layers; ++layer) {
    blocks_.push_back(block.make({width_, facts.memory, facts.causal}));
    child("layers." + std::to_string(layer), blocks_.back());
  }
  if (!blocks_.back()->normalised()) {
    norm_ = options.norm.make({width_});
    child("norm", norm_);
  }
}

BlockStack::State BlockStack::begin(const Tensor& memory, const Mask& memory_mask, bool grows) {
  State state;
  for (const auto& block : blocks_) {
    state.blocks.push_back(memory.defined()
                               ? in_plugin("begin()", *block, [&] { return block->begin(memory, memory_mask); })
                               : Block::State{});
    state.blocks.back().grows = grows;
  }
  return state;
}

void BlockStack::check_length(std::int64_t length) const {
  const std::int64_t longest = positions_->max_length();
  if (longest == 0 || length <= longest) return;
  throw Error("E_MODEL_LENGTH", "[transformer]",
              std::to_string(length) + " " + side_ + " tokens, but positions for " + std::to_string(longest),
              "shorten the input, or train with more positions/max_length");
}

bool BlockStack::reserve(State& state, std::int64_t read, std::int64_t more) {
  for (Block::State& block : state.blocks) {
    if (!Block::reserve(block, read, more)) return false;
  }
  state.next = Tensor::full({1, 1}, static_cast<double>(read), DType::i64);
  return true;
}

// ids [R,T] at places `at` [1,T] -> [R,T,C]
Tensor BlockStack::embedded(const Tensor& ids, const Tensor& at) const {
  const Tensor plain = embed(table_, ids, kPad);
  const double scale = std::sqrt(static_cast<double>(width_));
  return dropout_(in_plugin("add()", *positions_, [&] { return positions_->add(plain, at, scale); }));
}

Tensor BlockStack::operator()(const Tensor& ids, const Mask& mask, State& state) {
  const std::int64_t time = ids.size(1);
  Tensor x;
  if (state.next.defined()) {  // a search sees to it that no more are written than Generator::max_length says
    x = embedded(ids, time == 1 ? state.next : add(state.next, positions_from(0, time)));
    state.next = affine(state.next, 1, static_cast<double>(time));
  } else {
    check_length(state.length + time);
    x = embedded(ids, positions_from(state.length, time));
    state.length += time;
  }
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    x = in_plugin("operator()", *blocks_[i], [&] { return (*blocks_[i])(x, mask, state.blocks[i]); });
  }
  return norm_ != nullptr ? in_plugin("operator()", *norm_, [&] { return (*norm_)(x); }) : x;
}

}  // namespace strata
