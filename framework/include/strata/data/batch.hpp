// Batch: a few examples as named columns in host memory.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/tensor/shape.hpp"

namespace strata {

// The values of one name, of all examples of a batch. Either `ids` or `numbers` is used.
struct Column {
  std::string name;               // "source", "target_in", "image", ...
  Shape shape;                    // the first axis is the batch: [B], [B,T], [B,1,28,28], ...
  std::vector<std::int32_t> ids;  // row-major; becomes a tensor of i64
  std::vector<float> numbers;     // row-major; becomes a tensor of f32
};

// The columns are those of the feed that makes the batch, and their order is always the same, also in a batch without
// examples, where extents that vary are 0. Columns of different
// lengths are padded on the right, and a column NAME_lengths, ids [B], has the lengths.
struct STRATA_API Batch {
  std::int64_t size = 0;  // B; 0: this process has no examples in this step, as the data is at its end
  // Number of tokens that are predicted, without padding, or of examples where there are no tokens. Training counts it:
  // the loss is divided by it (Model::weight), and speed is measured in it.
  std::int64_t tokens = 0;
  // Number of bytes of the text that these tokens stand for: what the tokenizer decodes them to, special tokens left
  // out. Validation measures bits_per_byte by it. -1: not counted, as in training and by feeds without one long text.
  std::int64_t bytes = -1;
  std::vector<Column> columns;
  std::vector<std::int64_t> indices;     // [B]: position of each example in its split; number of a lane or a window
  std::int64_t epoch = 0, position = 0;  // the batch is number `position` of epoch `epoch`, both from 0
  bool first = false;                    // true where state that is carried from batch to batch begins anew
  bool last = false;                     // true for the last batch of the epoch

  // Returns a column, or null when there is none of this name.
  const Column* find(std::string_view name) const noexcept;
  // Returns a column. Throws E_MODEL_COLUMN, which lists the columns of the batch.
  const Column& operator[](std::string_view name) const;
};

// A function that returns the next batch, or no value at the end.
using BatchSource = std::function<std::optional<Batch>()>;

// Throws E_MODEL_COLUMN: `name` is wanted, and only the names in `known` are there. `what` says what lacks it.
[[noreturn]] STRATA_API void fail_column(std::string_view what, std::string_view name,
                                         const std::vector<std::string>& known);

}  // namespace strata
