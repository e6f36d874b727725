// RunFolder: links are replaced by renaming new ones over them, so that each always points somewhere.
#include "strata/checkpoint/run_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <mutex>
#include <set>
#include <system_error>

#include "checkpoint/checkpoint_folder.hpp"
#include "checkpoint/manifest.hpp"
#include "core/file_errors.hpp"
#include "strata/core/error.hpp"
#include "strata/core/file.hpp"
#include "strata/core/log.hpp"

namespace strata {
namespace fs = std::filesystem;

namespace {

using detail::update_of;

constexpr std::string_view kPrefix = "checkpoint-";

bool is_folder(const std::string& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

// A link of a run is replaced again and again: something else of its name would be lost.
void require_own_link(const std::string& path) {
  std::error_code fault;
  const fs::file_status status = fs::symlink_status(path, fault);
  if (!fs::exists(status)) return;
  const bool link = fs::is_symlink(status);
  if (link && update_of(fs::read_symlink(path, fault).string())) return;
  throw Error("E_IO_OUTPUT", path, link ? "is a link that no run made" : "is there, and is no link of a run",
              "move it away, or give another --output");
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code fault;
  for (fs::directory_iterator at(folder, fault), end; !fault && at != end; at.increment(fault)) {
    names.push_back(at->path().filename().string());
  }
  return names;
}

// Pruning comes again and again.
void warn_once(const std::string& text) {
  static std::mutex mutex;
  static std::set<std::string> said;
  const std::lock_guard lock(mutex);
  if (said.insert(text).second) log_warning(text);
}

}  // namespace

RunFolder::RunFolder(std::string path) : path_(std::move(path)), verified_(new detail::VerifiedFiles) {
  while (path_.size() > 1 && path_.back() == '/') path_.pop_back();
}

RunFolder::~RunFolder() {
  if (lock_ >= 0) close(lock_);
}

void RunFolder::open_for_training() {
  make_folders(path_);
  const std::string lock = path_ + "/.lock";
  lock_ = open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
  if (lock_ < 0) throw Error("E_IO_WRITE", lock, "cannot be created: " + detail::system_reason());
  // A file system without locks is no reason not to train.
  if (flock(lock_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    throw Error("E_IO_LOCKED", path_, "another process is training in this folder",
                "wait for it, or give another --output");
  }
  for (const char* link : {"latest", "best"}) require_own_link(path_ + "/" + link);
  detail::remove_leftovers(path_);
}

std::string RunFolder::checkpoint(std::int64_t update) const {
  return path_ + "/" + std::string(kPrefix) + std::to_string(update);
}

std::vector<std::int64_t> RunFolder::checkpoints() const {
  std::vector<std::int64_t> updates;
  for (const std::string& name : names_in(path_)) {
    const std::optional<std::int64_t> update = update_of(name);
    if (update && is_folder(checkpoint(*update))) updates.push_back(*update);
  }
  std::sort(updates.begin(), updates.end());
  return updates;
}

std::optional<std::int64_t> RunFolder::target(std::string_view link) const {
  std::error_code fault;
  const fs::path to = fs::read_symlink(path_ + "/" + std::string(link), fault);
  if (fault) return {};
  const std::optional<std::int64_t> update = update_of(to.string());
  return update && is_folder(checkpoint(*update)) ? update : std::nullopt;
}

std::optional<std::int64_t> RunFolder::latest() const {
  if (const std::optional<std::int64_t> linked = target("latest")) return linked;
  const std::vector<std::int64_t> all = checkpoints();
  if (all.empty()) return {};
  return all.back();
}

std::optional<std::int64_t> RunFolder::best() const { return target("best"); }

void RunFolder::set_link(std::string_view link, std::int64_t update) const {
  const std::string path = path_ + "/" + std::string(link);
  const std::string temporary = detail::temporary_name(path);
  const std::string to = std::string(kPrefix) + std::to_string(update);
  require_own_link(path);
  std::error_code fault;
  fs::create_symlink(to, temporary, fault);  // relative: the run folder may move
  const bool made = !fault;
  if (made) fs::rename(temporary, path, fault);
  if (fault) {
    if (made) unlink(temporary.c_str());
    throw Error("E_IO_WRITE", path, "cannot be pointed to " + to + ": " + fault.message());
  }
  sync_folder(path_);
}

std::optional<Error> RunFolder::damage(std::int64_t update) const {
  const std::optional<detail::Damage> found = detail::find_damage(checkpoint(update), *verified_);
  if (!found) return {};
  return Error("E_CHECKPOINT_DAMAGED", found->file, found->message);
}

void RunFolder::verify(std::int64_t update) const {
  if (damage(update)) verify_checkpoint(checkpoint(update));  // throws, with a hint
}

void RunFolder::save(std::int64_t update, const CheckpointContents& contents) {
  rmdir(checkpoint(update).c_str());  // an empty one
  save_checkpoint(checkpoint(update), contents);
  set_link("latest", update);
}

void RunFolder::set_best(std::int64_t update) { set_link("best", update); }

void RunFolder::prune(std::int64_t keep) {
  if (keep <= 0) return;
  std::vector<std::int64_t> all = checkpoints();
  const std::size_t newest = std::min(all.size(), static_cast<std::size_t>(keep));
  all.resize(all.size() - newest);
  const std::optional<std::int64_t> kept[] = {latest(), best()};
  for (const std::int64_t update : all) {
    if (update == kept[0] || update == kept[1]) continue;
    const std::string path = checkpoint(update);
    if (const detail::FolderState state = detail::state_of_folder(path); state.is != detail::Folder::checkpoint) {
      warn_once(path + " " + state.why + ": it is not removed");
      continue;
    }
    // First out of sight whole, so that a kill leaves no checkpoint that lacks files.
    const std::string doomed = detail::temporary_name(path);
    std::error_code fault;
    fs::rename(path, doomed, fault);
    if (fault) throw Error("E_IO_WRITE", path, "cannot be removed: " + fault.message());
    detail::remove_checkpoint(doomed);
  }
}

std::string find_checkpoint(const std::string& path, std::string_view which) {
  std::error_code ignored;
  if (!is_folder(path)) throw Error("E_CHECKPOINT_MISSING", path, "no such run or checkpoint folder");
  const RunFolder run(path);
  if (fs::exists(path + "/config.json", ignored) || fs::exists(path + "/manifest.json", ignored)) {
    const fs::path link(run.path());
    const fs::path to = fs::read_symlink(link, ignored);
    return ignored || to.is_absolute() ? run.path() : (link.parent_path() / to).string();
  }
  std::optional<std::int64_t> update;
  if (which == "best") {
    update = run.best() ? run.best() : run.latest();
  } else if (which == "latest") {
    update = run.latest();
  } else {
    update = update_of(which);
    if (update && !is_folder(run.checkpoint(*update))) update.reset();
  }
  if (!update) {
    std::string known;
    for (const std::int64_t one : run.checkpoints()) known += (known.empty() ? "" : ", ") + std::to_string(one);
    throw Error("E_CHECKPOINT_MISSING", path, "has no checkpoint \"" + printable(which) + "\"",
                known.empty() ? "nothing was saved there yet" : "there are those of updates " + known);
  }
  return run.checkpoint(*update);
}

}  // namespace strata
