// One side of the Transformer: embedded tokens through a stack of blocks. Legend: R rows, T time, C width.
#pragma once

#include <memory>
#include <vector>

#include "options.hpp"
#include "strata/nn/layers.hpp"

namespace strata {

class BlockStack final : public Layer {
 public:
  struct Facts {
    std::int64_t vocabulary = 0;
    std::int64_t memory = 0;               // width of another sequence, as Block::Facts
    bool causal = false;                   // as Block::Facts
    const Parameter* embedding = nullptr;  // of another side, which is used here, too
    const char* side = "";                 // for messages: "source", "target"
  };
  BlockStack(const TransformerOptions& options, const StackOptions& own, const Facts& facts);

  // Between calls: what each block knows, and how many tokens were read.
  struct State {
    std::vector<Block::State> blocks;
    std::int64_t length = 0;
    Tensor next = {};  // i64 [1,1], after reserve(): the place of the next token, in place of `length`
  };
  // For one call over whole sequences, or (grows) for many over the next tokens of each. memory [B,Ts,.] or undefined.
  State begin(const Tensor& memory, const Mask& memory_mask, bool grows);
  // ids i64 [R,T], the next T tokens of each row -> [R,T,C]. E_MODEL_LENGTH beyond the positions that there are.
  Tensor operator()(const Tensor& ids, const Mask& mask, State& state);

  // As Generator::reserve.
  static bool reserve(State& state, std::int64_t read, std::int64_t more);

  std::int64_t max_length() const { return positions_->max_length(); }
  const Parameter& embedding() const { return table_; }

 private:
  Tensor embedded(const Tensor& ids, const Tensor& at) const;
  void check_length(std::int64_t length) const;

  std::string side_;
  std::int64_t width_;
  std::unique_ptr<Embedding> own_table_;  // null: another side's
  Parameter table_;                       // [V,C]
  std::shared_ptr<Positional> positions_;
  Dropout dropout_;
  std::vector<std::shared_ptr<Block>> blocks_;
  std::shared_ptr<Norm> norm_;  // null where the last block normalises
};

}  // namespace strata
