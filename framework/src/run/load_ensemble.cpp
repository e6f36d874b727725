// load_ensemble.
#include "strata/run/load_ensemble.hpp"

#include <algorithm>

#include "strata/core/error.hpp"
#include "strata/model/model.hpp"

namespace strata {
namespace {

bool same_tokens(const Vocabulary& a, const Vocabulary& b) {
  if (a.size() != b.size()) return false;
  for (std::int32_t id = 0; id < a.size(); ++id) {
    if (a.token(id) != b.token(id)) return false;
  }
  return true;
}

}  // namespace

void require_same_vocabulary(const std::string& folder, const Tokenizers& tokenizers, const LoadedModel& other) {
  const auto sizes = [](const Tokenizers& all) {
    std::string out;
    for (const Tokenizers::Named& one : all.all()) {
      out += (out.empty() ? "" : " and ") + std::to_string(one.tokenizer->size());
    }
    return out;
  };
  const auto same = [](const Tokenizers::Named& one, const Tokenizers::Named& two) {
    return one.name == two.name && same_tokens(one.tokenizer->vocabulary(), two.tokenizer->vocabulary());
  };
  const auto &own = tokenizers.all(), &others = other.tokenizers.all();
  if (std::equal(own.begin(), own.end(), others.begin(), others.end(), same)) return;
  throw Error(
      "E_CHECKPOINT_VOCABULARY", folder,
      "its tokens (" + sizes(tokenizers) + ") are not those of " + other.folder + " (" + sizes(other.tokenizers) + ")",
      "only models of one vocabulary go together: train them with the same tokenizer and data");
}

LoadedEnsemble load_ensemble(std::span<const std::string> paths, std::string_view which, const Host& host) {
  LoadedEnsemble loaded;
  for (const std::string& path : paths) {
    loaded.members.push_back(load_model(path, which, host));
    if (loaded.members.size() == 1) continue;
    require_same_vocabulary(loaded.members.back().folder, loaded.members.back().tokenizers, loaded.members.front());
  }
  if (loaded.members.size() > 1) use_recipe(loaded.members.front().recipe, host.registry);
  std::vector<Generator*> generators;
  for (LoadedModel& member : loaded.members) {
    generators.push_back(&require<Generator>(*member.model, "Generator", "translate"));
  }
  loaded.generator = std::make_unique<Ensemble>(std::move(generators));
  return loaded;
}

}  // namespace strata
