// manifest.json of a checkpoint: which files it has, how long they are and what they hash to.
#pragma once

#include <string>
#include <vector>

namespace strata::detail {

// Of files that stand in `folder`.
void write_manifest(const std::string& folder, const std::vector<std::string>& files);

// Before a tokenizer reads its own files, whose names nobody else knows: E_CHECKPOINT_DAMAGED for a file in `folder`
// that the manifest leaves out, unless it is hidden or ends in .md.
void require_all_listed(const std::string& folder);

}  // namespace strata::detail
