// Checkpoint folders: what is ours is known by the manifest, not by the name.
#include "checkpoint/checkpoint_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <system_error>

#include "checkpoint/manifest.hpp"
#include "core/file_errors.hpp"
#include "strata/core/error.hpp"
#include "strata/core/log.hpp"

namespace strata::detail {
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kPrefix = "checkpoint-";

// Names and what they are; links are not followed.
std::vector<fs::directory_entry> entries_of(const std::string& folder) {
  std::vector<fs::directory_entry> entries;
  std::error_code fault;
  for (fs::directory_iterator at(folder, fault), end; !fault && at != end; at.increment(fault)) entries.push_back(*at);
  if (fault) throw Error("E_IO_READ", folder, "cannot be looked at: " + fault.message());
  std::sort(entries.begin(), entries.end());
  return entries;
}

bool is_file(const fs::directory_entry& entry) {
  std::error_code fault;
  return entry.symlink_status(fault).type() == fs::file_type::regular;
}

std::string name_of(const fs::directory_entry& entry) { return entry.path().filename().string(); }

std::string holds(const fs::directory_entry& entry) { return "holds \"" + printable(name_of(entry), 80) + "\""; }

// A folder of this process's making, or one whose every entry was looked at.
void remove_files(const std::string& folder, const std::vector<std::string>& names) {
  for (const std::string& name : names) unlink((folder + "/" + name).c_str());
}

void remove_folder(const std::string& folder) {
  if (rmdir(folder.c_str()) == 0 || errno == ENOENT) return;
  log_warning(folder + " holds something that Strata did not write, or cannot be removed: it is left there");
}

}  // namespace

std::optional<std::int64_t> update_of(std::string_view name) {
  if (name.substr(0, kPrefix.size()) != kPrefix) return {};
  name.remove_prefix(kPrefix.size());
  std::int64_t update = 0;
  const auto [end, fault] = std::from_chars(name.data(), name.data() + name.size(), update);
  const bool whole = fault == std::errc() && end == name.data() + name.size();
  if (!whole || update < 0 || std::to_string(update) != name) return {};
  return update;
}

std::string temporary_name(const std::string& path) {
  static std::atomic<unsigned> count{0};
  return path + ".tmp-" + std::to_string(getpid()) + "-" + std::to_string(count++);
}

FolderState state_of_folder(const std::string& path) {
  struct stat status = {};
  if (lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return {};
    throw Error("E_IO_READ", path, "cannot be looked at: " + system_reason());
  }
  if (S_ISLNK(status.st_mode)) return {Folder::foreign, "is a link"};
  if (!S_ISDIR(status.st_mode)) return {Folder::foreign, "is no folder"};
  const std::vector<fs::directory_entry> entries = entries_of(path);
  if (entries.empty()) return {Folder::empty, {}};
  std::vector<std::string> names;
  try {
    names = manifest_names(path);
  } catch (const Error& fault) {
    if (fault.code() == "E_IO_READ") throw;
    return {Folder::foreign, holds(entries.front()) + " and is no checkpoint"};
  }
  names.emplace_back(kManifestName);
  for (const fs::directory_entry& entry : entries) {
    const bool named = std::find(names.begin(), names.end(), name_of(entry)) != names.end();
    if (!named) return {Folder::foreign, holds(entry) + ", which is no part of the checkpoint there"};
    if (!is_file(entry)) return {Folder::foreign, holds(entry) + ", which is no file"};
  }
  return {Folder::checkpoint, {}};
}

void remove_checkpoint(const std::string& folder) {
  std::vector<std::string> names = manifest_names(folder);
  names.emplace_back(kManifestName);  // last: what a kill leaves is still known as ours
  remove_files(folder, names);
  remove_folder(folder);
}

TemporaryFolder::TemporaryFolder(const std::string& path) {
  for (;;) {
    const std::string name = temporary_name(path);
    if (mkdir(name.c_str(), 0777) == 0) {
      path_ = name;
      break;
    }
    if (errno != EEXIST) throw Error("E_IO_WRITE", path, "cannot be made: " + system_reason());
  }
  const std::string mark = path_ + "/" + std::string(kUnfinishedName);
  const int file = open(mark.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file >= 0) {
    close(file);
    return;
  }
  const std::string reason = system_reason();
  rmdir(path_.c_str());
  throw Error("E_IO_WRITE", mark, "cannot be created: " + reason);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

void TemporaryFolder::finished() { unlink((path_ + "/" + std::string(kUnfinishedName)).c_str()); }

namespace {

// "-12" or "-12-0" behind ".tmp": the numbers of temporary_name().
bool is_process_and_count(std::string_view text, bool count_may_lack) {
  int numbers = 0;
  while (!text.empty()) {
    if (text.front() != '-') return false;
    text.remove_prefix(1);
    const std::size_t end = std::min(text.find('-'), text.size());
    const std::string_view digits = text.substr(0, end);
    constexpr std::size_t kLongest = 10;
    const bool good = !digits.empty() && digits.size() <= kLongest &&
                      digits.find_first_not_of("0123456789") == std::string_view::npos &&
                      (digits.size() == 1 || digits.front() != '0');
    if (!good || ++numbers > 2) return false;
    text.remove_prefix(end);
  }
  return numbers == 2 || (numbers == 1 && count_may_lack);
}

// The picture of the learning curve, and the file of its points.
bool is_curve(std::string_view name) { return name == "learning_curve.svg" || name == "learning_curve.jsonl"; }

// Only files, and the mark that the same process made them or a manifest that names them.
bool remove_unfinished(const std::string& path) {
  const FolderState state = state_of_folder(path);
  if (state.is == Folder::empty) return rmdir(path.c_str()) == 0;
  if (state.is == Folder::checkpoint) {
    remove_checkpoint(path);
    return true;
  }
  std::vector<std::string> names;
  bool marked = false;
  for (const fs::directory_entry& entry : entries_of(path)) {
    if (!is_file(entry)) return false;
    if (name_of(entry) == kUnfinishedName) {
      marked = true;
    } else {
      names.push_back(name_of(entry));
    }
  }
  if (!marked) return false;
  names.emplace_back(kUnfinishedName);  // last, as above
  remove_files(path, names);
  remove_folder(path);
  return true;
}

// Whether the leftover is gone; false: it is not what a trainer makes under this name.
bool remove_leftover(const fs::directory_entry& entry, std::string_view of) {
  std::error_code fault;
  const fs::file_type type = entry.symlink_status(fault).type();
  const std::string path = entry.path().string();
  if (of == "latest" || of == "best") {
    const bool ours = type == fs::file_type::symlink && update_of(fs::read_symlink(entry.path(), fault).string());
    return ours && unlink(path.c_str()) == 0;
  }
  if (is_curve(of)) return type == fs::file_type::regular && unlink(path.c_str()) == 0;
  return type == fs::file_type::directory && remove_unfinished(path);
}

}  // namespace

void remove_leftovers(const std::string& run) {
  for (const fs::directory_entry& entry : entries_of(run)) {
    const std::string name = name_of(entry);
    const std::size_t at = name.rfind(".tmp-");
    if (at == std::string::npos) continue;
    const std::string_view of = std::string_view(name).substr(0, at);
    const bool link = of == "latest" || of == "best", curve = is_curve(of);
    if (!link && !curve && !update_of(of)) continue;
    if (!is_process_and_count(std::string_view(name).substr(at + 4), /*count_may_lack=*/!curve)) continue;
    if (!remove_leftover(entry, of)) {
      log_warning(entry.path().string() + " has the name of something unfinished, but was not written here: it stays");
    }
  }
}

}  // namespace strata::detail
