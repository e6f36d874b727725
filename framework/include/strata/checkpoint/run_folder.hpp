// RunFolder: the checkpoint-N folders of a run, and `latest` and `best`, which point to two of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "strata/checkpoint/checkpoint.hpp"
#include "strata/core/export.hpp"

namespace strata {

class STRATA_API RunFolder {
 public:
  explicit RunFolder(std::string path);  // touches nothing
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::string& path() const noexcept { return path_; }  // as given
  // Makes the folder, keeps other trainers out of it as long as this object lives, and removes what a killed run left
  // half written. Throws E_IO_LOCKED when another process trains in it, E_IO_OUTPUT when something of somebody else is
  // called `latest` or `best`, E_IO_WRITE.
  void open_for_training();

  std::string checkpoint(std::int64_t update) const;  // PATH/checkpoint-UPDATE
  std::vector<std::int64_t> checkpoints() const;      // updates, ascending
  // Where `latest` or `best` points to. `latest` falls back on the newest checkpoint when the link is missing or
  // dangling.
  std::optional<std::int64_t> latest() const;
  std::optional<std::int64_t> best() const;

  void save(std::int64_t update, const CheckpointContents& contents);  // and `latest` points to it
  void set_best(std::int64_t update);                                  // `best` points to it; E_IO_WRITE
  // Removes the oldest checkpoints but for the newest `keep`, `latest` and `best`. 0 keeps all. One that holds what
  // no trainer wrote stays, with a warning.
  void prune(std::int64_t keep);

 private:
  std::optional<std::int64_t> target(std::string_view link) const;
  void set_link(std::string_view link, std::int64_t update) const;

  std::string path_;
  int lock_ = -1;
};

// The checkpoint that a user means: a run folder's `which` ("best" or "latest", each standing in for the other when it
// is not there, or "checkpoint-N"), or a checkpoint folder itself. Throws E_CHECKPOINT_MISSING.
STRATA_API std::string find_checkpoint(const std::string& path, std::string_view which = "best");

}  // namespace strata
