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

void fail_capability(const Model& model, std::string_view capability, std::string_view verb) {
  std::string known, hint;
  const auto note = [&](const void* found, const std::string& name, const std::string& use) {
    if (found == nullptr) return;
    known += (known.empty() ? "" : ", ") + name;
    if (!use.empty()) hint += (hint.empty() ? "" : "; ") + use;
  };
  note(dynamic_cast<const Generator*>(&model), "Generator", "`strata translate` writes texts with it");
  note(dynamic_cast<const Classifier*>(&model), "Classifier", "`strata classify` labels lines with it");
  note(dynamic_cast<const Scorer*>(&model), "Scorer", "");
  note(dynamic_cast<const Encoder*>(&model), "Encoder", "");
  note(dynamic_cast<const Tagger*>(&model), "Tagger", "");
  throw Error(
      "E_MODEL_CAPABILITY", std::string(verb),
      "the model is no " + std::string(capability) + " (it is: " + (known.empty() ? "none of these" : known) + ")",
      hint);
}

}  // namespace strata
