// TrainerRuns: the recipe, and what a run leaves.
#include "check/trainer_runs.hpp"

#include <filesystem>

#include "check/checks.hpp"
#include "strata/core/file.hpp"
#include "strata/core/json.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/run/train_run.hpp"

namespace strata::detail {
namespace {

constexpr std::int64_t kCheckpoints = 4, kNever = 1'000'000;

constexpr const char* kRecipe = R"({
  "data": { "type": "samples", "name": "dates", "train": 400, "valid": 20, "test": 20 },
  "tokenizer": { "type": "word", "split": "symbols" },
  "model": { "type": "seq2seq", "embedding": 16, "dropout": 0.1, "encoder": { "hidden": 16 },
             "decoder": { "hidden": 16, "attention": "additive" } },
  "feed": { "type": "pairs", "batch": { "tokens": 512 } } })";

}  // namespace

RunFiles files_of(const std::string& run) {
  RunFiles files;
  for (const char* name : {"model.safetensors", "optimizer.safetensors"}) {
    const std::string path = run + "/latest/" + name;
    if (std::filesystem::exists(path)) files[name] = read_file(path);
  }
  if (files.count("model.safetensors") == 0) throw CheckFailed{"there is no latest/model.safetensors after the run"};
  return files;
}

void require_same_files(const RunFiles& got, const RunFiles& expected, const std::string& what) {
  for (const auto& [name, bytes] : expected) {
    const auto found = got.find(name);
    if (found == got.end()) throw CheckFailed{what + ": there is no " + name};
    if (found->second != bytes) throw CheckFailed{what + ": " + name + " has other bytes"};
  }
}

TrainerRuns::TrainerRuns(const Config& spec, std::int64_t seed, const Host& host)
    : host_(host), recipe_(parse_json(kRecipe, "check")) {
  Config train = spec.is_string() ? Config::object({{"type", spec}}) : spec;
  const std::string& name = train.at("type").string();
  for (const ComponentInfo& info : host_.registry.components("trainer")) {
    if (info.name != name) continue;
    for (const OptionInfo& option : info.options) options_.insert(option.name);
  }
  const auto put = [&](const char* option, const Config& value) {
    if (has_option(option)) train.put(option, value);
  };
  put("max_epochs", 0);
  put("max_minutes", 0);
  put("report_every", 1);
  put("checkpoint_every", kCheckpoints);
  put("validate_every", kNever);
  put("keep_checkpoints", 0);
  put("metrics", Config::array({"loss"}));
  if (train.find("optimizer") == nullptr) put("optimizer", Config::object({{"type", "adam"}, {"lr", 1e-2}}));
  recipe_.put("seed", seed);
  recipe_.put("train", train);
}

Config TrainerRuns::recipe(std::int64_t updates) const {
  Config changed = recipe_, train = recipe_.at("train");
  train.put("max_updates", updates);
  changed.put("train", train);
  return changed;
}

EndReport TrainerRuns::train(std::int64_t updates, const std::string& output, Observer* observer) const {
  return train_run(recipe(updates), {output, observer, {}}, host_);
}

}  // namespace strata::detail
