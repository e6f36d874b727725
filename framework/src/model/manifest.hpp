// manifest.json of a checkpoint: which files it has, how long they are and what they hash to.
#pragma once

#include <string>
#include <vector>

namespace strata::detail {

// Of files that stand in `folder`.
void write_manifest(const std::string& folder, const std::vector<std::string>& files);

}  // namespace strata::detail
