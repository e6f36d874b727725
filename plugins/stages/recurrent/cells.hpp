// The cells of this plugin.
#pragma once

#include "gated.hpp"
#include "strata/plugin/role.hpp"

namespace strata {

class RnnCell final : public GatedCell {
 public:
  RnnCell(const NoOptions&, const Facts& facts) : GatedCell(facts, 1) {}
  int state_parts() const override { return 1; }
  Tensors step(const Tensor& projected, const Tensors& state) const override;
  Sequence sequence(const Tensor& x, const Tensors& state, const Tensor& lengths, bool reverse) const override;
};

class LstmCell final : public GatedCell {
 public:
  LstmCell(const NoOptions&, const Facts& facts) : GatedCell(facts, 4) {}
  int state_parts() const override { return 2; }
  Tensors step(const Tensor& projected, const Tensors& state) const override;
  Sequence sequence(const Tensor& x, const Tensors& state, const Tensor& lengths, bool reverse) const override;
};

class GruCell final : public GatedCell {
 public:
  GruCell(const NoOptions&, const Facts& facts) : GatedCell(facts, 3) {}
  int state_parts() const override { return 1; }
  Tensors step(const Tensor& projected, const Tensors& state) const override;
  Sequence sequence(const Tensor& x, const Tensors& state, const Tensor& lengths, bool reverse) const override;
};

}  // namespace strata
