// The cells of this plugin.
#pragma once

#include "gated.hpp"
#include "strata/plugin/role.hpp"

namespace strata {

class RnnCell final : public GatedCell {
 public:
  RnnCell(const Options& options, const Facts& facts) : GatedCell(options, facts, 1) {}
  int state_parts() const override { return 1; }
  Tensors step(const Tensor& projected, const Tensors& state) const override;
  Sequence sequence(const Tensor& x, const Tensors& state, const Tensor& lengths, bool reverse) const override;
};

class LstmCell final : public GatedCell {
 public:
  LstmCell(const Options& options, const Facts& facts) : GatedCell(options, facts, 4) {}
  int state_parts() const override { return 2; }
  Tensors step(const Tensor& projected, const Tensors& state) const override;
  Sequence sequence(const Tensor& x, const Tensors& state, const Tensor& lengths, bool reverse) const override;
};

class GruCell final : public GatedCell {
 public:
  GruCell(const Options& options, const Facts& facts) : GatedCell(options, facts, 3) {}
  int state_parts() const override { return 1; }
  Tensors step(const Tensor& projected, const Tensors& state) const override;
  Sequence sequence(const Tensor& x, const Tensors& state, const Tensor& lengths, bool reverse) const override;
};

}  // namespace strata
