// load_model: verified files, plugins as recorded, components through the registry, every parameter compared.
#include "strata/run/load_model.hpp"

#include <algorithm>
#include <filesystem>

#include "checkpoint/check_parameters.hpp"
#include "checkpoint/manifest.hpp"
#include "run/compare_plugins.hpp"
#include "run/declare_model.hpp"
#include "run/field_folder.hpp"
#include "run/vocabularies.hpp"
#include "strata/checkpoint/bound_weights.hpp"
#include "strata/checkpoint/checkpoint.hpp"
#include "strata/checkpoint/output_folder.hpp"
#include "strata/checkpoint/run_folder.hpp"
#include "strata/checkpoint/safetensors.hpp"
#include "strata/core/error.hpp"
#include "strata/core/file.hpp"
#include "strata/core/log.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/plugin/host.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/run/answer_run.hpp"
#include "strata/run/read_tokenizers.hpp"
#include "text/vocabulary_limit.hpp"

namespace strata {
namespace {

// Returns the feed of a saved model, without data.
std::shared_ptr<Feed> make_feed(const Recipe& recipe, const Tokenizers& tokenizers, const Config& saved) {
  Feed::Facts facts;
  facts.tokenizers = tokenizers;
  facts.saved = saved;
  return recipe.feed.make(facts);
}

Sizes sizes_of(const Feed& feed) {
  return in_plugin("sizes()", feed, [&] { return feed.sizes(); });
}

// Completes the recipe, and sets the context as it says.
void use(LoadedModel& loaded, const Config& given, const Host& host) {
  CompleteRecipe recipe = complete_recipe(given, host.registry, host.plugins);
  loaded.recipe = recipe.options;
  loaded.config = std::move(recipe.complete);
  if (!host.device.empty()) loaded.recipe.device = host.device;
  use_recipe(loaded.recipe, host.registry);
}

// True when the tokenizer of a folder puts a token before each text.
bool puts_start(const Tokenizers& tokenizers) {
  return std::any_of(tokenizers.all().begin(), tokenizers.all().end(),
                     [](const Tokenizers::Named& one) { return one.tokenizer->vocabulary().specials().start >= 0; });
}

// A folder of the field: its recipe follows from config.json, its weights by the rules of its family.
LoadedModel load_field_model(const std::string& path, const Host& host) {
  const detail::FieldFolder folder = detail::open_field_folder(path, host);
  LoadedModel loaded;
  loaded.folder = path;
  const auto weights = std::make_shared<const Weights>(path);
  use(loaded, folder.recipe, host);
  loaded.tokenizers = detail::field_tokenizers(loaded.recipe, host);
  if (folder.recipe.find("feed") == nullptr && puts_start(loaded.tokenizers)) {
    Config with_start = folder.recipe;
    with_start.put("feed", Config::object({{"type", "packed"}, {"start", true}}));
    use(loaded, with_start, host);
  }
  loaded.feed = make_feed(loaded.recipe, loaded.tokenizers, {});
  loaded.model = loaded.recipe.model.make({sizes_of(*loaded.feed)});
  BoundWeights bound(weights, loaded.model->saved(), {.rules = detail::field_rules(folder)});
  loaded.model->materialise(static_cast<std::uint64_t>(loaded.recipe.seed), DType::f32, &bound);
  if (bound.report().padded_rows > 0) {
    log_info(path + ": " + std::to_string(bound.report().padded_rows) +
             " rows of embeddings without a token of the vocabulary were left out");
  }
  if (host.plugins != nullptr) loaded.plugins = host.plugins->loaded();
  loaded.files = detail::companion_files(path);
  return loaded;
}

}  // namespace

Tokenizers load_tokenizers(const Recipe& recipe, const std::string& folder, Registry& registry) {
  // A vocabulary of more tokens than any weight has rows takes no more memory than a small process has anyway.
  std::int64_t longest = std::int64_t{1} << 19;
  const SafetensorsFile weights(folder + "/model.safetensors");
  for (const SafetensorsFile::Entry& entry : weights.entries()) {
    for (const std::int64_t extent : entry.shape) longest = std::max(longest, extent);
  }
  const detail::VocabularyLimit limit(longest);
  Tokenizers tokenizers =
      detail::make_tokenizers(recipe, *make_feed(recipe, {}, read_checkpoint_feed(folder)), registry);
  detail::require_all_listed(folder);
  tokenizers.load(folder);
  return tokenizers;
}

std::shared_ptr<Model> detail::declare_model(const Recipe& recipe, const Sizes& sizes, const std::string& folder) {
  std::shared_ptr<Model> model = recipe.model.make({sizes});
  detail::check_parameters(folder + "/model.safetensors", model->saved());
  return model;
}

Tokenizers read_tokenizers(const std::string& path, std::string_view which, const Host& host) {
  if (detail::is_field_folder(path)) {
    const detail::FieldFolder field = detail::open_field_folder(path, host);
    return detail::field_tokenizers(complete_recipe(field.recipe, host.registry, host.plugins).options, host);
  }
  const std::string folder = find_checkpoint(path, which);
  verify_checkpoint(folder, Verify::model);
  const CompleteRecipe recipe = complete_recipe(read_checkpoint_recipe(folder), host.registry, host.plugins);
  Tokenizers tokenizers = load_tokenizers(recipe.options, folder, host.registry);
  (void)detail::declare_model(recipe.options,
                              sizes_of(*make_feed(recipe.options, tokenizers, read_checkpoint_feed(folder))), folder);
  return tokenizers;
}

bool load_plugins_of(const std::string& path, const Host& host) {
  if (detail::is_field_folder(path)) {
    (void)complete_recipe(detail::open_field_folder(path, host).recipe, host.registry, host.plugins);
    return true;
  }
  std::string folder;
  try {
    folder = find_checkpoint(path, "latest");
  } catch (const Error&) {
    return false;
  }
  (void)complete_recipe(read_checkpoint_recipe(folder), host.registry, host.plugins);
  return true;
}

LoadedModel load_model(const std::string& path, std::string_view which, const Host& host) {
  register_answerers(host.registry);  // whose names are in the errors of a model that lacks a capability
  if (detail::is_field_folder(path)) return load_field_model(path, host);
  LoadedModel loaded;
  loaded.folder = find_checkpoint(path, which);
  verify_checkpoint(loaded.folder, Verify::model);
  use(loaded, read_checkpoint_recipe(loaded.folder), host);
  loaded.saved_feed = read_checkpoint_feed(loaded.folder);
  loaded.plugins = read_checkpoint_plugins(loaded.folder);
  loaded.files = detail::companion_files(loaded.folder);
  loaded.tokenizers = load_tokenizers(loaded.recipe, loaded.folder, host.registry);
  loaded.feed = make_feed(loaded.recipe, loaded.tokenizers, loaded.saved_feed);
  loaded.model = detail::declare_model(loaded.recipe, sizes_of(*loaded.feed), loaded.folder);
  materialise_from(loaded.folder + "/model.safetensors", *loaded.model, static_cast<std::uint64_t>(loaded.recipe.seed));
  detail::warn_of_other_plugins(loaded.folder, host, detail::UsedBy::model);
  return loaded;
}

void save_model(const LoadedModel& model, const std::string& output) {
  require_output_folder(output);
  CheckpointContents contents;
  contents.recipe = model.config;
  contents.plugins = model.plugins;
  contents.parameters = model.model->saved();
  contents.tokenizers = model.tokenizers;
  contents.feed = model.saved_feed;
  contents.files = model.files;
  std::string parent = output;
  while (parent.size() > 1 && parent.back() == '/') parent.pop_back();
  parent = std::filesystem::path(parent).parent_path().string();
  if (!parent.empty()) make_folders(parent);
  save_checkpoint(output, contents);
}

}  // namespace strata
