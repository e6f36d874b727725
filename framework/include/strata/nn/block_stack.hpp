// BlockStack: embedded tokens through a stack of blocks, which encoders and decoders of Transformers are. Legend: R
// rows, T time, C width.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "strata/nn/block.hpp"
#include "strata/nn/layers.hpp"
#include "strata/nn/roles.hpp"
#include "strata/plugin/slot.hpp"

namespace strata {

class STRATA_API BlockStack final : public Layer {
 public:
  // The options that a model chooses for its stack.
  struct Options {
    std::int64_t width = 512;                  // C
    std::int64_t layers = 6;                   // number of blocks
    Slot<Block> block{"transformer"};          // each of the blocks
    Slot<Positional> positions{"sinusoidal"};  // added to the embedded tokens, or within attention
    Slot<Norm> norm{"layer_norm"};             // after the last block, when that block does not end with a norm
    Slot<Norm> embedding_norm;                 // of the embedded tokens; empty: none
    double scale = 1;                          // factor of the embedded tokens before positions are added
    double deviation = 0.02;                   // standard deviation of the embedding's initial values
    std::int64_t padding = -1;                 // id whose embedding is zero and is not trained; -1: none
    double dropout = 0;                        // probability of dropping an element of the embedded tokens
    bool checkpoint = false;                   // true: backward() computes the inside of each block again (less memory)
  };
  struct Facts {
    std::int64_t vocabulary = 0;             // number of ids
    std::int64_t memory = 0;                 // width of another sequence, as Block::Facts
    bool causal = false;                     // as Block::Facts
    std::int64_t heads = 0, head_width = 0;  // as Positional::Facts
    const Parameter* embedding = nullptr;    // a table of another stack, which is used here, too; null: an own one
    std::string side = {};                   // word for messages: "source tokens", "tokens"
  };
  // Throws E_MODEL_POSITIONS, which names both, when the positions act within attention and the block does not apply
  // them.
  BlockStack(const Options& options, const Facts& facts);

  // The state between calls: what each block has read, and how many tokens.
  struct State {
    std::vector<Block::State> blocks;  // those of the blocks
    std::int64_t length = 0;           // number of tokens that have been read
    // i64 [1,1], after reserve(): the index of the next token, in place of `length`.
    Tensor next = {};
    // i64 [R], the number of padding tokens on the left of each row; undefined: none. A model sets it after begin().
    Tensor first_key = {};
  };
  // Makes a state for one call over whole sequences, or with `grows` for calls over the next tokens of each. memory
  // [B,Ts,.] or undefined.
  State begin(const Tensor& memory, const Mask& memory_mask, bool grows);
  // ids i64 [R,T], the next T tokens of each row -> [R,T,C]. The positions of the tokens are mask.positions, or when
  // that is undefined 0, 1, ... from the first token that is no padding on. Throws E_MODEL_LENGTH beyond the positions
  // that there are.
  Tensor operator()(const Tensor& ids, const Mask& mask, State& state);

  // Generator::reserve(), reorder() and visit() for a state.
  static bool reserve(State& state, std::int64_t read, std::int64_t more);
  static void reorder(State& state, const Tensor& rows, const Tensor& sentences);
  static void visit(State& state, const std::function<void(Tensor&)>& each);

  std::int64_t max_length() const { return positions_->max_length(); }  // Positional::max_length()
  const Parameter& embedding() const { return table_; }                 // [V,C]

 private:
  Tensor embedded(const Tensor& ids, const Tensor& at) const;
  Tensor positions_of(State& state, std::int64_t time) const;
  Tensor through(std::size_t layer, const Tensor& x, const Mask& mask, State& state);
  void check_length(std::int64_t length) const;

  std::string side_;
  double scale_;
  std::int64_t padding_;
  bool checkpoint_;
  std::unique_ptr<Embedding> own_table_;  // null: another stack's
  Parameter table_;                       // [V,C]
  std::shared_ptr<Positional> positions_;
  bool within_;  // the positions act within attention
  Dropout dropout_;
  std::shared_ptr<Norm> embedding_norm_;  // null: none
  std::vector<std::shared_ptr<Block>> blocks_;
  std::shared_ptr<Norm> norm_;  // null: the blocks end with one
};

}  // namespace strata
