// Which folders are checkpoints that Strata wrote, and how they are made and removed: nothing else is ever deleted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"

namespace strata::detail {

constexpr std::string_view kManifestName = "manifest.json";
// The first file of a folder that is being written: all that stands beside it was made by the same process.
constexpr std::string_view kUnfinishedName = ".unfinished";

// The N of "checkpoint-N" as a run names it.
std::optional<std::int64_t> update_of(std::string_view name);

// PATH.tmp-PROCESS-COUNT: a name that no other process takes, and this one only once.
std::string temporary_name(const std::string& path);

// What a folder is to somebody who wants to write a checkpoint there.
enum class Folder { absent, empty, checkpoint, foreign };
struct FolderState {
  Folder is = Folder::absent;
  std::string why;  // foreign: "holds \"thesis.txt\"", "is a link", "is a file"
};
// A checkpoint is what has a manifest of ours and holds regular files that it names, and nothing else; some may be
// missing or damaged. Throws E_IO_READ when it cannot be looked at.
STRATA_API FolderState state_of_folder(const std::string& path);

// Removes the files that the manifest of a checkpoint names, then the manifest, then the folder. What else came to be
// there stays, with a warning.
void remove_checkpoint(const std::string& folder);

// A folder of this process under a name of its own, which vanishes with all that is in it unless it was renamed away.
class TemporaryFolder {
 public:
  // `path` is what it is to become. Throws E_IO_WRITE.
  explicit TemporaryFolder(const std::string& path);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  void finished();                // its content is whole: removes the mark of an unfinished folder
  void gone() { path_.clear(); }  // it was renamed

 private:
  std::string path_;
};

// Removes what a killed trainer left half written in its run folder. Names are matched whole, and only what a trainer
// makes under such a name goes: links to checkpoints, folders with the mark of an unfinished one, files of the learning
// curve.
void remove_leftovers(const std::string& run);

}  // namespace strata::detail
