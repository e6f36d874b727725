// manifest.json of a checkpoint: which files it has, how long they are and what they hash to.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "strata/core/export.hpp"

struct stat;

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

// Files that this process has read and found to be what their manifests say, so that they need not be read again as
// long as nobody has touched them.
class VerifiedFiles {
 public:
  // status: of the file, from before it was read.
  void add(const std::string& path, const struct stat& status, const std::string& sha256);
  // Whether the file was added with this SHA-256, and is still the same by its number, its size and its times.
  bool has(const std::string& path, const struct stat& status, const std::string& sha256) const;

 private:
  struct Seen {
    std::array<std::int64_t, 7> mark;
    std::string sha256;
  };
  static std::array<std::int64_t, 7> mark_of(const struct stat& status);
  std::map<std::string, Seen> files_;
};

// Compares all files with the manifest, and adds those that are whole to `verified`, whose files are not read again.
// Nothing: the checkpoint is whole. Throws E_IO_READ when a file cannot be opened or read, which says nothing about the
// checkpoint; E_CHECKPOINT_FORMAT when another Strata wrote it.
std::optional<Damage> find_damage(const std::string& folder, VerifiedFiles& verified);

}  // namespace strata::detail
