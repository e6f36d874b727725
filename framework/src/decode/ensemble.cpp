// Ensemble: the mean of probabilities.
#include "strata/decode/ensemble.hpp"

#include <algorithm>
#include <string>

#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"

namespace strata {
namespace {

struct Together final : Generator::State {
  std::vector<std::unique_ptr<Generator::State>> of;  // one a member
};

}  // namespace

Ensemble::Ensemble(std::vector<Generator*> members) : members_(std::move(members)) {
  if (members_.empty()) throw Error("E_USAGE", "ensemble", "has no member");
}

std::unique_ptr<Generator::State> Ensemble::begin(const TensorBatch& batch) {
  auto state = std::make_unique<Together>();
  for (Generator* member : members_) {
    state->of.push_back(in_plugin("begin()", *member, [&] { return member->begin(batch); }));
  }
  return state;
}

Tensor Ensemble::step(State& state, const Tensor& ids) {
  const auto& states = static_cast<Together&>(state).of;
  Tensor total;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    Tensor logits = in_plugin("step()", *members_[i], [&] { return members_[i]->step(*states[i], ids); });
    if (members_.size() == 1) return logits;
    const Tensor p = softmax(logits.dtype() == DType::f64 ? logits : cast(logits, DType::f32));
    if (total.defined() && !(total.shape() == p.shape())) {
      throw Error(
          "E_MODEL_VOCABULARY", "ensemble",
          "a member writes " + std::to_string(p.size(1)) + " tokens, the first one " + std::to_string(total.size(1)));
    }
    total = total.defined() ? total + p : p;
  }
  return log(total / static_cast<double>(members_.size()));
}

void Ensemble::reorder(State& state, const Tensor& rows, const Tensor& sentences) {
  auto& states = static_cast<Together&>(state).of;
  for (std::size_t i = 0; i < members_.size(); ++i) members_[i]->reorder(*states[i], rows, sentences);
}

bool Ensemble::reserve(State& state, std::int64_t read, std::int64_t more) {
  auto& states = static_cast<Together&>(state).of;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (!members_[i]->reserve(*states[i], read, more)) return false;
  }
  return true;
}

void Ensemble::visit(State& state, const std::function<void(Tensor&)>& each) {
  auto& states = static_cast<Together&>(state).of;
  for (std::size_t i = 0; i < members_.size(); ++i) members_[i]->visit(*states[i], each);
}

Tensor Ensemble::alignment(const State& state) const {
  const auto& states = static_cast<const Together&>(state).of;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (Tensor weights = members_[i]->alignment(*states[i]); weights.defined()) return weights;
  }
  return {};
}

std::int64_t Ensemble::max_length() const {
  std::int64_t least = 0;
  for (const Generator* member : members_) {
    const std::int64_t own = member->max_length();
    if (own > 0) least = least == 0 ? own : std::min(least, own);
  }
  return least;
}

}  // namespace strata
