// Model's capabilities: their defaults and the refusal.
#include "strata/model/model.hpp"

#include "strata/core/error.hpp"

namespace strata {

Generator::State::~State() = default;
Generator::~Generator() = default;
Scorer::~Scorer() = default;
Encoder::~Encoder() = default;
Classifier::~Classifier() = default;
Tagger::~Tagger() = default;

Tensor Generator::alignment(const State&) const { return {}; }

void fail_capability(std::string_view capability, std::string_view verb) {
  throw Error("E_MODEL_CAPABILITY", std::string(verb), "the model is no " + std::string(capability),
              "`strata plugins show model` tells what each model can do");
}

}  // namespace strata
