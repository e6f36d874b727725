// complete_recipe and use_recipe.
#include "strata/run/recipe.hpp"

#include "checkpoint/plugin_records.hpp"
#include "run/old_recipe.hpp"
#include "strata/core/error.hpp"
#include "strata/model/model.hpp"
#include "strata/ops/op.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/run/devices.hpp"

namespace strata {

static_assert(RoleName<Model>::value == Model::kRole);
namespace {

// Before anything else of the recipe is checked, as the rest may name what these bring. A recipe names files, which its
// writer answers for; a checkpoint has records.
void load_plugins(const Config& list, PluginHost* host) {
  for (const Config& item : list.items()) {
    const bool recorded = item.is_object();
    const std::string path = recorded ? item.at("name").string() : expand_environment(item.string(), item.place());
    if (host == nullptr) {
      throw Error("E_CONFIG_RANGE", item.place(), "plugin \"" + printable(path) + "\" cannot be loaded here",
                  "this program loads no plugin files");
    }
    if (recorded) {
      host->load_recorded(detail::plugin_of_record(item), item.place());
    } else {
      host->load(path);
    }
  }
}

DType dtype_of(Precision precision) {
  switch (precision) {
    case Precision::tf32:
    case Precision::f32: return DType::f32;
    case Precision::bf16: return DType::bf16;
    case Precision::f16: return DType::f16;
  }
  return DType::f32;
}

void use_kernels(const Config& kernels) {
  std::vector<std::string> known;
  for (const Op* op : all_ops()) known.emplace_back(op->name);
  context().kernels.clear();
  for (const auto& [op, provider] : kernels.members()) {
    if (find_op(op) == nullptr) {
      const std::string near = nearest_name(op, known);
      throw Error("E_CONFIG_UNKNOWN", provider.place(), "there is no op \"" + printable(op) + "\"",
                  near.empty() ? "" : "did you mean \"" + near + "\"?");
    }
    context().kernels[op] = provider.string();
  }
}

}  // namespace

CompleteRecipe complete_recipe(const Config& recipe, Registry& registry, PluginHost* host) {
  Config given = recipe;
  if (given.find("strata") != nullptr) detail::name_no_files(given);  // config.json of a checkpoint, given as a recipe
  given.erase("strata");
  const Config* list = given.find("plugins");
  const Config plugins = list == nullptr ? Config::array() : *list;
  load_plugins(plugins, host);
  given.erase("plugins");
  CompleteRecipe out;
  (void)detail::move_old_options(given);
  out.options = parse_options<Recipe>(given, &registry);
  if (!out.options.feed) {
    given.put("feed", registry.traits<Model>(out.options.model.spec()).feed);
    out.options = parse_options<Recipe>(given, &registry);
  }
  for (const Config& item : plugins.items()) {
    if (item.is_string()) out.options.plugins.push_back(item.string());
  }
  out.complete = dump_options(out.options, &registry);
  out.complete.put("plugins", plugins);
  return out;
}

void use_recipe(const Recipe& recipe, Registry& registry) {
  Context& now = context();
  now.device = choose_device(recipe.device, registry, recipe.precision == Precision::tf32);
  now.compute = dtype_of(recipe.precision);
  use_kernels(recipe.kernels);
}

}  // namespace strata
