// Model's capabilities: their defaults and the refusal.
#include "strata/model/model.hpp"

#include <algorithm>
#include <utility>

#include "strata/core/error.hpp"
#include "strata/model/answerer.hpp"
#include "strata/plugin/registry.hpp"

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

std::string_view Classifier::label() const { return "target"; }
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
};

template <class T>
bool is(const Model& model) {
  return dynamic_cast<const T*>(&model) != nullptr;
}

constexpr Capability kCapabilities[] = {
    {"Generator", is<Generator>}, {"Classifier", is<Classifier>}, {"Scorer", is<Scorer>},
    {"Encoder", is<Encoder>},     {"Tagger", is<Tagger>},
};

// The registered answerers that fit a model, with their names.
std::vector<std::pair<std::string, Answerer::Traits>> answerers_for(const Model& model) {
  std::vector<std::pair<std::string, Answerer::Traits>> found;
  Registry& registry = default_registry();
  for (const ComponentInfo& one : registry.components("answerer")) {
    if (!registry.registered("answerer", one.name)) continue;  // its plugin is not loaded, so the model is of another
    Answerer::Traits traits = registry.traits<Answerer>(Config(one.name));
    if (traits.fits != nullptr && traits.fits(model)) found.emplace_back(one.name, std::move(traits));
  }
  return found;
}

}  // namespace

std::vector<std::string> capabilities_of(const Model& model) {
  std::vector<std::string> names;
  for (const Capability& one : kCapabilities) {
    if (one.of(model)) names.emplace_back(one.name);
  }
  for (const auto& [verb, traits] : answerers_for(model)) {
    if (std::find(names.begin(), names.end(), traits.capability) == names.end()) names.push_back(traits.capability);
  }
  return names;
}

void fail_capability(const Model& model, std::string_view capability, std::string_view verb) {
  std::string known, hint;
  const std::vector<std::string> names = capabilities_of(model);
  for (const std::string& name : names) known += (known.empty() ? "" : ", ") + name;
  for (const auto& [name, traits] : answerers_for(model)) {
    hint += (hint.empty() ? "`strata " : "; `strata ") + name + "` " + traits.use;
  }
  const bool other = std::find(names.begin(), names.end(), capability) != names.end();
  throw Error("E_MODEL_CAPABILITY", std::string(verb),
              "the model is " + (other ? "a " + std::string(capability) + " of another kind"
                                       : "no " + std::string(capability) +
                                             " (it is: " + (known.empty() ? "none of these" : known) + ")"),
              hint);
}

}  // namespace strata
