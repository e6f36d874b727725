// A hundred updates on dates: what cannot learn that will learn nothing.
#include <fmt/format.h>

#include "check/checks.hpp"
#include "strata/core/error.hpp"
#include "strata/core/json.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/run/train_run.hpp"

namespace strata::detail {
namespace {

constexpr int kUpdates = 100;

Config recipe_of(const std::vector<std::pair<std::string, Config>>& changes, std::int64_t seed) {
  Config recipe = parse_json(R"({
    "data": { "type": "samples", "name": "dates", "train": 4000, "valid": 20, "test": 20 },
    "tokenizer": { "type": "word", "split": "symbols" },
    "model": { "type": "seq2seq", "embedding": 64, "encoder": { "hidden": 64, "bidirectional": true },
               "decoder": { "hidden": 64, "attention": "additive" } },
    "feed": { "type": "pairs", "batch": { "tokens": 1024 } },
    "train": { "type": "supervised", "clip_norm": 1.0, "optimizer": { "type": "adam", "lr": 1e-2 },
               "report_every": 10, "validate_every": 1000000,
               "checkpoint_every": 1000000, "metrics": ["loss"] } })",
                             "check");
  recipe.set("seed", std::to_string(seed));
  recipe.set("train.max_updates", std::to_string(kUpdates));
  for (const auto& [path, value] : changes) recipe.set(path, write_json(value, 0));
  return recipe;
}

struct Losses final : Observer {
  std::vector<double> of;
  void update(const UpdateReport& report) override { of.push_back(report.loss); }
};

}  // namespace

std::string check_learning(const std::vector<std::pair<std::string, Config>>& changes, const CheckOptions& options,
                           const Host& host, double share) {
  const Scratch folder;
  Losses losses;
  const Config recipe = recipe_of(changes, options.seed);
  train_run(recipe, {folder / "run", &losses, {}}, host);
  const double first = losses.of.front(), last = losses.of.back();
  std::string text = fmt::format("loss {:.3f} to {:.3f} in {} updates on {}", first, last, kUpdates,
                                 recipe.at("data").at("name").string());
  if (!(last <= share * first)) {
    throw CheckFailed{
        fmt::format("{}: to {:.0f} %, wanted is {:.0f} % or less", text, 100 * last / first, 100 * share)};
  }
  return text;
}

}  // namespace strata::detail
