// Where a token stands, added to its embedding.
#pragma once

#include <vector>

#include "strata/nn/layers.hpp"
#include "strata/nn/roles.hpp"
#include "strata/plugin/role.hpp"

namespace strata {

// Waves of C/2 lengths (Vaswani et al., 2017, section 3.5): add_sinusoid.
class SinusoidalPositions final : public Positional {
 public:
  // E_CONFIG_POSITIONS for an odd width.
  SinusoidalPositions(const NoOptions& options, const Facts& facts);
  Tensor add(const Tensor& x, const Tensor& positions, double scale) const override;
};

// A table of trained vectors (Gehring et al., 2017, "Convolutional Sequence to Sequence Learning", section 3.1).
class LearnedPositions final : public Positional {
 public:
  struct Options {
    std::int64_t max_length = 1024;
    void visit(auto& option) {
      option("max_length", max_length, "number of positions in the table, which is the length of the longest sequence")
          .range(1, 1 << 20);
    }
  };
  LearnedPositions(const Options& options, const Facts& facts);
  std::int64_t max_length() const override { return max_length_; }
  Tensor add(const Tensor& x, const Tensor& positions, double scale) const override;

 private:
  std::int64_t max_length_;
  Embedding table_;
};

}  // namespace strata
