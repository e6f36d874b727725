// Objective: what most of them need no other form of.
#include "strata/train/objective.hpp"

#include "strata/core/plugin_call.hpp"

namespace strata {

Objective::~Objective() = default;

double Objective::weight(const Batch& batch, std::size_t) const {
  return in_plugin("weight()", *model_, [&] { return model_->weight(batch); });
}

std::optional<Batch> Objective::next(const BatchSource& feed, std::size_t) { return feed(); }

bool Objective::whole() const { return true; }

}  // namespace strata
