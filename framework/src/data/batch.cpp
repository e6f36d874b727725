// Batch: its columns by name.
#include "strata/data/batch.hpp"

#include <algorithm>

#include "strata/core/error.hpp"

namespace strata {

const Column* Batch::find(std::string_view name) const noexcept {
  const auto at = std::find_if(columns.begin(), columns.end(), [&](const Column& one) { return one.name == name; });
  return at == columns.end() ? nullptr : &*at;
}

const Column& Batch::operator[](std::string_view name) const {
  if (const Column* found = find(name)) return *found;
  std::vector<std::string> known;
  for (const Column& column : columns) known.push_back(column.name);
  fail_column("the batch", name, known);
}

void fail_column(std::string_view what, std::string_view name, const std::vector<std::string>& known) {
  std::string list;
  for (const std::string& one : known) list += (list.empty() ? "" : ", ") + one;
  throw Error(
      "E_MODEL_COLUMN", "", std::string(what) + " has no \"" + std::string(name) + "\", which the model needs",
      "it has: " + (list.empty() ? "nothing" : list) + "; \"feed\" in the recipe chooses what a model is given");
}

}  // namespace strata
