// Ensemble: several generators, of any kinds but with the same vocabulary, that work as one.
#pragma once

#include <memory>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/model/capabilities.hpp"

namespace strata {

// A generator whose probabilities are the mean of those of its members.
class STRATA_API Ensemble final : public Generator {
 public:
  // Takes one or more members, which must outlive the ensemble.
  explicit Ensemble(std::vector<Generator*> members);

  std::string_view input() const override { return members_.front()->input(); }
  bool continues_input() const override { return members_.front()->continues_input(); }
  std::unique_ptr<State> begin(const TensorBatch& batch) override;
  // Returns the logarithm of the mean probability, which serves as logits. Throws E_MODEL_VOCABULARY when the
  // vocabularies of the members differ in size.
  Tensor step(State& state, const Tensor& ids) override;
  void reorder(State& state, const Tensor& rows, const Tensor& sentences) override;
  // Returns true when every member can reserve.
  bool reserve(State& state, std::int64_t read, std::int64_t more) override;
  void visit(State& state, const std::function<void(Tensor&)>& each) override;
  // Returns the weights of the first member that has any.
  Tensor alignment(const State& state) const override;
  // Returns the smallest limit of the members.
  std::int64_t max_length() const override;

 private:
  std::vector<Generator*> members_;
};

}  // namespace strata
