// FieldFolder: a folder with a published checkpoint, and the family that it belongs to.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "strata/checkpoint/checkpoint.hpp"
#include "strata/core/config.hpp"
#include "strata/model/weight_names.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/run/host.hpp"
#include "strata/run/recipe.hpp"

namespace strata::detail {

// A folder of the field.
struct FieldFolder {
  std::string path;                    // the folder
  Config config_json;                  // its config.json
  std::string family;                  // name of the component weight_names that reads it
  std::shared_ptr<WeightNames> names;  // that component
  Config recipe;                       // "model", "feed" where the family names one, "tokenizer"
};

// True when `path` is a folder with a config.json that names an architecture and that no checkpoint of Strata has.
bool is_field_folder(const std::string& path);

// A family of published checkpoints.
struct Family {
  std::string name;                    // of the component weight_names
  std::shared_ptr<WeightNames> names;  // null: none is meant
};
// Returns the first family for which `fits` is true, those named `own` before others; `known` gets the names of all
// that were asked. Family::names is null when none fits.
Family find_family(const Host& host, std::string_view own, const std::function<bool(WeightNames&)>& fits,
                   std::string& known);
// Returns the hint of the errors for what no family fits.
std::string known_families(const std::string& known);

// Finds the family. Throws E_CHECKPOINT_ARCHITECTURE, with the known families, when none reads it, and what
// WeightNames::model() throws.
FieldFolder open_field_folder(const std::string& path, const Host& host);

// Reads the tokenizers of the folder for the feed of the recipe.
Tokenizers field_tokenizers(const Recipe& recipe, const Host& host);

// The rules of the folder's tensors.
std::vector<NameRule> field_rules(const FieldFolder& folder);

// The files of a folder that are no weights and not the tokenizer's own, and that an import and an export take along:
// generation_config.json, the chat template, ...
std::vector<CheckpointFile> companion_files(const std::string& folder);

}  // namespace strata::detail
