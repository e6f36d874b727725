// LmBody: embedding and recurrent layers of different widths, with the dropouts of AWD-LSTM. Legend: B rows, T time, C
// width of the last layer.
#pragma once

#include <memory>
#include <vector>

#include "options.hpp"
#include "strata/nn/layers.hpp"

namespace strata {

class LmBody final : public Layer {
 public:
  LmBody(const LmOptions& options, std::int64_t vocabulary);

  struct Output {
    Tensor raw;                   // [B,T,C] before the last dropout
    Tensor outputs;               // [B,T,C] after it
    std::vector<Tensors> states;  // for each layer, the parts of its state after the last step of each row
  };
  // tokens i64 [B,T]; lengths i64 [B], or undefined when every row is T long; states: those to begin with, empty:
  // zeros.
  Output operator()(const Tensor& tokens, const Tensor& lengths, const std::vector<Tensors>& states) const;

  std::int64_t width() const { return cells_.back()->hidden(); }
  std::size_t layers() const { return cells_.size(); }
  int state_parts() const { return cells_.front()->state_parts(); }
  const Parameter& embedding() const { return embedding_.weight(); }
  // Returns states of zeros for `rows` rows.
  std::vector<Tensors> initial(std::int64_t rows) const;

 private:
  Tensor embedded(const Tensor& tokens) const;
  Tensor dropped(const Tensor& x, double probability, const Dropout& dropout, std::int64_t call = 0) const;

  LmOptions options_;
  std::int64_t vocabulary_;
  Embedding embedding_;
  std::vector<std::shared_ptr<Cell>> cells_;
  Dropout of_words_, of_input_, of_hidden_, of_output_;
};

}  // namespace strata
