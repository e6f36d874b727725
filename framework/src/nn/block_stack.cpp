// BlockStack: embedded tokens through a stack of blocks.
#include "strata/nn/block_stack.hpp"

#include "strata/autograd/backward.hpp"
#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/shape.hpp"
#include "strata/tensor/context.hpp"

namespace strata {
namespace {

// first, first + 1, ... -> [1,T]
Tensor positions_from(std::int64_t first, std::int64_t time) {
  if (time == 1) return Tensor::full({1, 1}, static_cast<double>(first), DType::i64);
  const Tensor from_zero = reshape(iota(time), {1, time});
  return first == 0 ? from_zero : affine(from_zero, 1, static_cast<double>(first));
}

void require_positions(const Block& block, std::string_view name, const Positional& positions,
                       std::string_view positions_name) {
  const std::string lack = block.lacks(positions);
  if (lack.empty()) return;
  throw Error("E_MODEL_POSITIONS", "block/" + std::string(name),
              "the positions '" + std::string(positions_name) + "' act within attention, but " + lack,
              "`strata plugins show attention` and `strata plugins show positional` list the others");
}

}  // namespace

BlockStack::BlockStack(const Options& options, const Facts& facts)
    : side_(facts.side),
      scale_(options.scale),
      padding_(options.padding),
      checkpoint_(options.checkpoint),
      dropout_(options.dropout) {
  const std::int64_t width = options.width;
  if (facts.embedding == nullptr) {
    own_table_ = std::make_unique<Embedding>(facts.vocabulary, width, options.deviation, options.padding);
    child("embedding", *own_table_);
    table_ = own_table_->weight();
  } else {
    table_ = *facts.embedding;
    share("embedding.weight", table_);
  }
  positions_ = options.positions.make({width, facts.heads, facts.head_width});
  within_ = positions_->traits().rotates || positions_->traits().biases;
  child("positions", positions_);
  if (options.embedding_norm) {
    embedding_norm_ = options.embedding_norm.make({width});
    child("embedding_norm", embedding_norm_);
  }
  child("dropout", dropout_);
  const std::shared_ptr<const Positional> within = within_ ? positions_ : nullptr;
  for (std::int64_t layer = 0; layer < options.layers; ++layer) {
    blocks_.push_back(options.block.make({width, facts.memory, facts.causal, within}));
    require_positions(*blocks_.back(), options.block.type(), *positions_, options.positions.type());
    child("layers." + std::to_string(layer), blocks_.back());
  }
  if (!blocks_.back()->normalised()) {
    norm_ = options.norm.make({width});
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
  throw Error("E_MODEL_LENGTH", "[" + path() + "]",
              std::to_string(length) + " " + side_ + ", but positions for " + std::to_string(longest),
              "shorten the input, or train with more positions/max_length");
}

bool BlockStack::reserve(State& state, std::int64_t read, std::int64_t more) {
  for (Block::State& block : state.blocks) {
    if (!Block::reserve(block, read, more)) return false;
  }
  state.next = Tensor::full({1, 1}, static_cast<double>(read), DType::i64);
  return true;
}

void BlockStack::reorder(State& state, const Tensor& rows, const Tensor& sentences) {
  for (Block::State& block : state.blocks) Block::reorder(block, rows, sentences);
  if (state.first_key.defined()) state.first_key = index_rows(state.first_key, rows);
}

void BlockStack::visit(State& state, const std::function<void(Tensor&)>& each) {
  for (Block::State& block : state.blocks) Block::visit(block, each);
  if (state.next.defined()) each(state.next);
  if (state.first_key.defined()) each(state.first_key);
}

// ids [R,T] at positions `at` [R or 1,T] -> [R,T,C]
Tensor BlockStack::embedded(const Tensor& ids, const Tensor& at) const {
  const Tensor plain = embed(table_, ids, padding_);
  const Tensor x = in_plugin("add()", *positions_, [&] { return positions_->add(plain, at, scale_); });
  if (embedding_norm_ == nullptr) return dropout_(x);
  return dropout_(in_plugin("operator()", *embedding_norm_, [&] { return (*embedding_norm_)(x); }));
}

// The positions of the next tokens, which are then counted as read.
Tensor BlockStack::positions_of(State& state, std::int64_t time) const {
  Tensor at;
  if (state.next.defined()) {  // a search sees to it that no more are written than Generator::max_length() says
    at = time == 1 ? state.next : add(state.next, positions_from(0, time));
    state.next = affine(state.next, 1, static_cast<double>(time));
  } else {
    // A row with padding on its left is shorter than the whole; a search counts how many tokens each row has.
    if (!state.first_key.defined() || state.length == 0) check_length(state.length + time);
    at = positions_from(state.length, time);
    state.length += time;
  }
  if (!state.first_key.defined()) return at;
  at = maximum(at - unsqueeze(state.first_key, 1), Tensor::zeros({1, 1}, DType::i64));
  const std::int64_t longest = positions_->max_length();
  if (longest == 0) return at;
  // A longer row that has ended may still be read together with shorter ones: it gets no position beyond the last.
  return minimum(at, Tensor::full({1, 1}, static_cast<double>(longest - 1), DType::i64));
}

// With `checkpoint`, what a block computes on the way is not stored during training.
Tensor BlockStack::through(std::size_t layer, const Tensor& x, const Mask& mask, State& state) {
  const auto run = [block = blocks_[layer].get(), mask](const Tensor& input, Block::State& at) {
    return in_plugin("operator()", *block, [&] { return (*block)(input, mask, at); });
  };
  Block::State& own = state.blocks[layer];
  const bool again =
      checkpoint_ && context().recording && !own.grows && own.memory.state.empty() && !context().capture_weights;
  if (!again) return run(x, own);
  const auto anew = [run](std::span<const Tensor> inputs) {
    Block::State fresh;
    return Tensors{run(inputs[0], fresh)};
  };
  return checkpoint(anew, std::span(&x, 1))[0];
}

Tensor BlockStack::operator()(const Tensor& ids, const Mask& given, State& state) {
  Mask mask = given;
  const Tensor counted = positions_of(state, ids.size(1));
  const Tensor at = given.positions.defined() ? given.positions : counted;
  mask.positions = within_ ? at : Tensor();
  mask.first_key = state.first_key;
  Tensor x = embedded(ids, at);
  for (std::size_t layer = 0; layer < blocks_.size(); ++layer) x = through(layer, x, mask, state);
  return norm_ != nullptr ? in_plugin("operator()", *norm_, [&] { return (*norm_)(x); }) : x;
}

}  // namespace strata
