// ALiBi (Press et al., 2022, "Train short, test long"): scores that fall with the distance of a key.
#pragma once

#include "constant.hpp"
#include "strata/nn/roles.hpp"

namespace strata {

class AlibiPositions final : public Positional {
 public:
  struct Options {
    std::int64_t max_length = 0;
    void visit(auto& option) {
      option("max_length", max_length, "length of the longest sequence (0: any)").range(0, 1 << 30);
    }
  };
  // Throws E_CONFIG_POSITIONS when the host does not know the number of heads.
  AlibiPositions(const Options& options, const Facts& facts);
  std::int64_t max_length() const override { return max_length_; }
  Tensor bias(const Tensor& queries, const Tensor& keys) const override;

 private:
  std::int64_t max_length_;
  Constant slopes_;  // [1,H,1,1]
};

}  // namespace strata
