// load_model: verified files, plugins as recorded, components through the registry, every parameter compared.
#include "strata/run/load_model.hpp"

#include <filesystem>

#include "model/manifest.hpp"
#include "run/compare_plugins.hpp"
#include "strata/core/error.hpp"
#include "strata/core/file.hpp"
#include "strata/model/checkpoint.hpp"
#include "strata/model/run_folder.hpp"
#include "strata/plugin/registry.hpp"

namespace strata {
Tokenizers load_tokenizers(const Recipe& recipe, const std::string& folder) {
  Tokenizers tokenizers = make_tokenizers([&] { return recipe.tokenizer.make(); });
  detail::require_all_listed(folder);
  tokenizers.load(folder);
  return tokenizers;
}

LoadedModel load_model(const std::string& path, std::string_view which, const Host& host) {
  LoadedModel loaded;
  loaded.folder = find_checkpoint(path, which);
  verify_checkpoint(loaded.folder, Verify::model);
  CompleteRecipe recipe = complete_recipe(read_checkpoint_recipe(loaded.folder), host.registry, host.plugins);
  loaded.recipe = recipe.options;
  loaded.config = std::move(recipe.complete);
  if (!host.device.empty()) loaded.recipe.device = host.device;
  use_recipe(loaded.recipe, host.registry);
  loaded.tokenizers = load_tokenizers(loaded.recipe, loaded.folder);
  loaded.model = loaded.recipe.model.make({loaded.tokenizers.source->size(), loaded.tokenizers.target->size()});
  loaded.model->materialise(static_cast<std::uint64_t>(loaded.recipe.seed));
  load_parameters(loaded.folder + "/model.safetensors", loaded.model->parameters());
  detail::warn_of_other_plugins(loaded.folder, host, detail::UsedBy::model);
  return loaded;
}

void save_model(const LoadedModel& model, const std::string& output) {
  CheckpointContents contents;
  contents.recipe = model.config;
  contents.plugins = read_checkpoint_plugins(model.folder);
  contents.parameters = model.model->parameters();
  contents.tokenizers = model.tokenizers;
  const std::string parent = std::filesystem::path(output).parent_path().string();
  if (!parent.empty()) make_folders(parent);
  save_checkpoint(output, contents);
}

}  // namespace strata
