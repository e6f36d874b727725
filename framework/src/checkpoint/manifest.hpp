// manifest.json of a checkpoint: which files it has, how long they are and what they hash to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "strata/core/export.hpp"

namespace strata::detail {

// Of files that stand in `folder`.
void write_manifest(const std::string& folder, const std::vector<std::string>& files);

// Before a tokenizer reads its own files, whose names nobody else knows: E_CHECKPOINT_DAMAGED for a file in `folder`
// that the manifest leaves out, unless it is hidden or ends in .md.
STRATA_API void require_all_listed(const std::string& folder);
// The files that the manifest of `folder` names. Throws any Error when there is no such manifest.
std::vector<std::string> manifest_names(const std::string& folder);

// What is wrong with a checkpoint; its files were looked at.
struct Damage {
  std::string file, message;
};
// Compares all files with the manifest. Nothing: the checkpoint is whole. Throws E_IO_READ when a file cannot be opened
// or read, which says nothing about the checkpoint; E_CHECKPOINT_FORMAT when another Strata wrote it.
STRATA_API std::optional<Damage> find_damage(const std::string& folder);

}  // namespace strata::detail
