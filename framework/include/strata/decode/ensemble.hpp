// Ensemble: several generators as one, of whatever kinds, over one vocabulary.
#pragma once

#include <memory>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/model/capabilities.hpp"

namespace strata {

// Writes with the mean of its members' probabilities.
class STRATA_API Ensemble final : public Generator {
 public:
  // One or more, which outlive it.
  explicit Ensemble(std::vector<Generator*> members);

  std::unique_ptr<State> begin(const TensorBatch& batch) override;
  // -> log of the mean probability, which is as good as logits. E_MODEL_VOCABULARY when the members' widths differ.
  Tensor step(State& state, const Tensor& ids) override;
  void reorder(State& state, const Tensor& rows, const Tensor& sentences) override;
  // Where every member can.
  bool reserve(State& state, std::int64_t read, std::int64_t more) override;
  void visit(State& state, const std::function<void(Tensor&)>& each) override;
  // The first member's that has some.
  Tensor alignment(const State& state) const override;
  // The least of its members'.
  std::int64_t max_length() const override;

 private:
  std::vector<Generator*> members_;
};

}  // namespace strata
