// RunFolder: the checkpoint-N folders of a run, and the links `latest` and `best` to two of them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "strata/checkpoint/checkpoint.hpp"
#include "strata/core/error.hpp"
#include "strata/core/export.hpp"

namespace strata {
namespace detail {
class VerifiedFiles;
}

class STRATA_API RunFolder {
 public:
  explicit RunFolder(std::string path);  // does not access the disk
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::string& path() const noexcept { return path_; }  // path given to the constructor
  // Makes the folder, locks it against other trainers as long as this object lives, and removes half-written files of a
  // run that was killed. Throws E_IO_LOCKED when another process trains in it, E_IO_OUTPUT when a file that Strata did
  // not write is called `latest` or `best`, and E_IO_WRITE.
  void open_for_training();

  std::string checkpoint(std::int64_t update) const;  // PATH/checkpoint-UPDATE
  std::vector<std::int64_t> checkpoints() const;      // update numbers of the checkpoints, ascending
  // The update numbers of the checkpoints to which `latest` and `best` point. latest() returns the newest checkpoint
  // when the link is missing or dangling.
  std::optional<std::int64_t> latest() const;
  std::optional<std::int64_t> best() const;

  // Verifies checkpoint-UPDATE as verify_checkpoint() does, and throws what that throws. This object reads a file once:
  // a file that was whole and that nobody has touched since, or in the tenth of a second before, is not read again.
  void verify(std::int64_t update) const;
  // Verifies it in the same way, and returns the E_CHECKPOINT_DAMAGED that verify() throws, without its hint, or
  // nothing when the checkpoint is whole. Throws E_IO_READ and E_CHECKPOINT_FORMAT.
  std::optional<Error> damage(std::int64_t update) const;

  // Writes checkpoint-UPDATE and points `latest` to it; throws what save_checkpoint() throws.
  void save(std::int64_t update, const CheckpointContents& contents);
  // Points `best` to a checkpoint. Throws E_IO_WRITE.
  void set_best(std::int64_t update);
  // Removes all checkpoints except the newest `keep` ones, `latest` and `best`; `keep` 0 removes none. A checkpoint
  // folder with files that no trainer wrote is not removed, and a warning is logged.
  void prune(std::int64_t keep);

 private:
  std::optional<std::int64_t> target(std::string_view link) const;
  void set_link(std::string_view link, std::int64_t update) const;

  std::string path_;
  int lock_ = -1;
  std::unique_ptr<detail::VerifiedFiles> verified_;
};

// Returns the checkpoint folder that a user means. `path` is a checkpoint folder, which is returned as it is, or a run
// folder; then `which` is "best" or "latest" (when one of these is missing, the other is taken) or "checkpoint-N".
// Throws E_CHECKPOINT_MISSING.
STRATA_API std::string find_checkpoint(const std::string& path, std::string_view which = "best");

}  // namespace strata
