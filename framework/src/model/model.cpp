// Model's capabilities: their defaults and the refusal.
#include "strata/model/model.hpp"

#include <algorithm>

#include "strata/core/error.hpp"

namespace strata {

Generator::State::~State() = default;
Generator::~Generator() = default;
Scorer::~Scorer() = default;
Encoder::~Encoder() = default;
Classifier::~Classifier() = default;
Tagger::~Tagger() = default;

double Model::weight(const Batch& batch) const { return static_cast<double>(batch.tokens); }
std::vector<std::string> Model::depth() const {
  std::vector<std::string> levels;
  const std::vector<NamedParameter> all = parameters();
  for (const std::string& child : children()) {
    const auto below = [&](const NamedParameter& one) { return one.name.rfind(child + ".", 0) == 0; };
    if (std::any_of(all.begin(), all.end(), below)) levels.push_back(child);
  }
  return levels;
}

std::string_view Generator::input() const { return "source"; }
bool Generator::continues_input() const { return false; }
bool Generator::reserve(State&, std::int64_t, std::int64_t) { return false; }
void Generator::visit(State&, const std::function<void(Tensor&)>&) {}
Tensor Generator::alignment(const State&) const { return {}; }
std::int64_t Generator::max_length() const { return 0; }

namespace {

struct Capability {
  const char* name;
  bool (*of)(const Model& model);
  const char* (*verb)(const Model& model);  // what a verb does with it; empty: there is none
};

template <class T>
bool is(const Model& model) {
  return dynamic_cast<const T*>(&model) != nullptr;
}

const char* writes(const Model& model) {
  const bool goes_on = dynamic_cast<const Generator&>(model).continues_input();
  return goes_on ? "`strata generate` goes on with prompts" : "`strata translate` writes texts with it";
}
const char* labels(const Model&) { return "`strata classify` labels lines with it"; }
const char* none(const Model&) { return ""; }

constexpr Capability kCapabilities[] = {
    {"Generator", is<Generator>, writes}, {"Classifier", is<Classifier>, labels}, {"Scorer", is<Scorer>, none},
    {"Encoder", is<Encoder>, none},       {"Tagger", is<Tagger>, none},
};

}  // namespace

std::vector<std::string> capabilities_of(const Model& model) {
  std::vector<std::string> names;
  for (const Capability& one : kCapabilities) {
    if (one.of(model)) names.emplace_back(one.name);
  }
  return names;
}

void fail_capability(const Model& model, std::string_view capability, std::string_view verb) {
  std::string known, hint;
  for (const Capability& one : kCapabilities) {
    if (!one.of(model)) continue;
    known += (known.empty() ? "" : ", ") + std::string(one.name);
    const std::string verb_of = one.verb(model);
    if (!verb_of.empty()) hint += (hint.empty() ? "" : "; ") + verb_of;
  }
  throw Error(
      "E_MODEL_CAPABILITY", std::string(verb),
      "the model is no " + std::string(capability) + " (it is: " + (known.empty() ? "none of these" : known) + ")",
      hint);
}

}  // namespace strata
