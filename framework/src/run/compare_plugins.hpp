// Plugins of now and those that a checkpoint was made with.
#pragma once

#include <string>

#include "strata/run/load_model.hpp"

namespace strata::detail {

enum class UsedBy {
  model,     // what computes and what cuts texts
  measures,  // data and metrics alone
  training   // everything
};

// One warning that names the loaded plugins which are not what the checkpoint `folder`, which the caller has verified,
// recorded under their names. Plugins of which nothing is used are not worth a word.
void warn_of_other_plugins(const std::string& folder, const Host& host, UsedBy what);

}  // namespace strata::detail
