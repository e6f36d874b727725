// move_old_options: what Strata 0.1 wrote in other places.
#include "run/old_recipe.hpp"

namespace strata::detail {
namespace {

// The feed of the recipe as an object, or null when it is another one than "pairs".
Config pairs_feed(const Config& recipe) {
  const Config* feed = recipe.find("feed");
  if (feed == nullptr || (feed->is_string() && feed->string() == "pairs")) return Config::object({{"type", "pairs"}});
  const Config* type = feed->is_object() ? feed->find("type") : nullptr;
  return type != nullptr && type->is_string() && type->string() == "pairs" ? *feed : Config();
}

// Adds a member, or the members of an object to the object that is there.
void merge(Config& into, const char* name, const Config& value) {
  const Config* there = into.find(name);
  if (there == nullptr || !there->is_object() || !value.is_object()) return into.put(name, value);
  Config merged = *there;
  for (const auto& [key, member] : value.members()) merged.put(key, member);
  into.put(name, std::move(merged));
}

}  // namespace

std::vector<std::string> move_old_options(Config& recipe) {
  std::vector<std::string> moved;
  const Config* train = recipe.find("train");
  if (train == nullptr || !train->is_object()) return moved;
  const Config* type = train->find("type");
  if (type != nullptr && !(type->is_string() && type->string() == "supervised")) return moved;
  Config feed = pairs_feed(recipe), rest = *train;
  if (feed.is_null()) return moved;
  for (const char* name : {"batch", "max_length"}) {
    const Config* value = train->find(name);
    if (value == nullptr) continue;
    merge(feed, name, *value);
    rest.erase(name);
    moved.push_back(std::string("train.") + name);
  }
  if (moved.empty()) return moved;
  recipe.put("feed", std::move(feed));
  recipe.put("train", std::move(rest));
  return moved;
}

}  // namespace strata::detail
