// Sizes: lookup by name.
#include "strata/data/sizes.hpp"

#include <algorithm>

#include "strata/core/error.hpp"
#include "strata/data/batch.hpp"

namespace strata {
namespace {

[[noreturn]] void fail(const std::vector<Sizes::Size>& sizes, std::string_view name) {
  std::vector<std::string> known;
  for (const Sizes::Size& one : sizes) known.push_back(one.name);
  fail_column("the feed", name, known);
}

}  // namespace

void Sizes::put(std::string name, const Shape& extents) {
  const auto at = std::find_if(sizes_.begin(), sizes_.end(), [&](const Size& one) { return one.name == name; });
  if (at == sizes_.end()) {
    sizes_.push_back({std::move(name), extents});
  } else {
    at->extents = extents;
  }
}

bool Sizes::has(std::string_view name) const noexcept {
  return std::any_of(sizes_.begin(), sizes_.end(), [&](const Size& one) { return one.name == name; });
}

const Shape& Sizes::shape(std::string_view name) const {
  const auto at = std::find_if(sizes_.begin(), sizes_.end(), [&](const Size& one) { return one.name == name; });
  if (at == sizes_.end()) fail(sizes_, name);
  return at->extents;
}

std::int64_t Sizes::at(std::string_view name) const {
  const Shape& extents = shape(name);
  if (extents.rank() == 1) return extents[0];
  throw Error("E_MODEL_COLUMN", "",
              "\"" + std::string(name) + "\" is " + extents.str() + ", and the model needs one number");
}

Sizes pair_sizes(std::int64_t source, std::int64_t target) { return {{"source", {source}}, {"target", {target}}}; }

}  // namespace strata
