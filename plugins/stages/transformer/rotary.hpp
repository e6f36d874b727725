// Rotary positions (Su et al., 2021, "RoFormer"), and the ways in which longer contexts stretch them.
#pragma once

#include "constant.hpp"
#include "strata/nn/roles.hpp"

namespace strata {

class RotaryPositions final : public Positional {
 public:
  enum class Scaling { none, linear, llama3, yarn };
  struct Options {
    double base = 10000;
    double fraction = 1;
    std::int64_t max_length = 0;
    Scaling scaling = Scaling::none;
    double factor = 1;
    std::int64_t original_length = 0;
    double low_frequency = 1, high_frequency = 4;
    double beta_fast = 32, beta_slow = 1;
    double attention_factor = 0;
    void visit(auto& option) {
      option("base", base, "base of the wave lengths 2 pi base^(2i/D), i < D/2").above(1).max(1e12);
      option("fraction", fraction, "fraction of each head that is rotated, its first elements").above(0).max(1);
      option("max_length", max_length, "length of the longest sequence (0: any)").range(0, 1 << 30);
      option(
          "scaling", scaling,
          "change of the frequencies for a longer context: none, linear (Chen et al., 2023), llama3 (low frequencies "
          "alone, as Llama 3.1) or yarn (Peng et al., 2023, as Qwen2)",
          {{"none", Scaling::none}, {"linear", Scaling::linear}, {"llama3", Scaling::llama3}, {"yarn", Scaling::yarn}});
      option("factor", factor, "factor by which scaling makes the context longer").min(1).max(1e6);
      option("original_length", original_length, "context before scaling, for llama3 and yarn (0: not given)")
          .range(0, 1 << 30);
      option("low_frequency", low_frequency,
             "number of turns within original_length up to which llama3 divides a frequency by the factor")
          .above(0);
      option("high_frequency", high_frequency,
             "number of turns within original_length from which llama3 leaves a frequency as it is")
          .above(0);
      option("beta_fast", beta_fast,
             "number of turns within original_length from which yarn leaves a frequency as it is")
          .above(0);
      option("beta_slow", beta_slow,
             "number of turns within original_length up to which yarn divides a frequency by the factor")
          .above(0);
      option("attention_factor", attention_factor,
             "factor of rotated queries and keys with yarn (0: 0.1 ln(factor) + 1)")
          .min(0);
    }
  };
  // Throws E_CONFIG_POSITIONS when the host does not know the width of a head, when the rotated part is not even, and
  // when a scaling lacks what it needs.
  RotaryPositions(const Options& options, const Facts& facts);
  std::int64_t max_length() const override { return max_length_; }
  Tensor rotate(const Tensor& x, const Tensor& positions) const override;

 private:
  std::int64_t max_length_;
  double factor_;         // of queries and keys
  Constant frequencies_;  // [F]
};

}  // namespace strata
