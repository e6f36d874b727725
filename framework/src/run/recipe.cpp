// complete_recipe and use_recipe.
#include "strata/run/recipe.hpp"

#include <filesystem>

#include "strata/core/error.hpp"
#include "strata/core/log.hpp"
#include "strata/ops/op.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/run/devices.hpp"

namespace strata {
namespace {

// Before anything else of the recipe is checked, as the rest may name what these bring. Their absolute names go into
// the completed recipe, so that a model is found again from another working folder.
Config load_plugins(const Config& list, PluginHost* host) {
  Config absolute = Config::array();
  for (const Config& file : list.items()) {
    const std::string path = expand_environment(file.string(), file.place());
    if (host == nullptr) {
      throw Error("E_CONFIG_RANGE", file.place(), "plugin \"" + printable(path) + "\" cannot be loaded here",
                  "this program loads no plugin files");
    }
    host->load(path);
    absolute.append(std::filesystem::absolute(path).lexically_normal().string());
  }
  return absolute;
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
  given.erase("strata");
  const Config* files = given.find("plugins");
  const Config absolute = files == nullptr ? Config::array() : load_plugins(*files, host);
  CompleteRecipe out;
  out.options = parse_options<Recipe>(given, &registry);
  out.complete = dump_options(out.options, &registry);
  out.complete.put("plugins", absolute);
  return out;
}

void use_recipe(const Recipe& recipe, Registry& registry) {
  Context& now = context();
  now.device = choose_device(recipe.device, registry, recipe.precision == Precision::tf32);
  now.compute = dtype_of(recipe.precision);
  use_kernels(recipe.kernels);
}

}  // namespace strata
