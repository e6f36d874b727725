// Additive attention (Bahdanau, Cho and Bengio, "Neural Machine Translation by Jointly Learning to Align and
// Translate", 2015, eq. 5-6): score(s, h) = v^T tanh(W s + U h).
#pragma once

#include "strata/nn/attention.hpp"
#include "strata/nn/layers.hpp"

namespace strata {

class AdditiveAttention : public Attention {
 public:
  struct Options {
    std::int64_t width = 0;
    void visit(auto& option) {
      option("width", width, "width of the scoring layer (0: that of the memory)").range(0, 65536);
    }
  };
  AdditiveAttention(const Options& options, const Facts& facts) : AdditiveAttention(options, facts, true) {}

  std::int64_t context_width() const override { return memory_; }
  Memory prepare(const Tensor& keys, const Tensor& values, const Mask& mask) override;
  Attended attend(const Tensor& query, const Memory& memory, const Mask& mask) override;

 protected:
  AdditiveAttention(const Options& options, const Facts& facts, bool query_bias);

 private:
  std::int64_t memory_, width_;
  Linear query_, key_;
  Parameter score_;
};

}  // namespace strata
