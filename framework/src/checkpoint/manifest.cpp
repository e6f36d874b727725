// Verification of checkpoints against their manifests.
#include "checkpoint/manifest.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

#include "checkpoint/checkpoint_folder.hpp"
#include "core/file_errors.hpp"
#include "strata/checkpoint/checkpoint.hpp"
#include "strata/checkpoint/run_folder.hpp"
#include "strata/core/error.hpp"
#include "strata/core/file.hpp"
#include "strata/core/json.hpp"
#include "strata/core/sha256.hpp"

namespace strata {
namespace fs = std::filesystem;

namespace {

using detail::Damage;

constexpr std::int64_t kFormat = 1;
constexpr std::string_view kManifest = detail::kManifestName;
constexpr std::string_view kNotListed = "is not in the checkpoint's manifest.json";

struct ManifestFile {
  std::string name, sha256;
  std::int64_t size = 0;
};

// Throws any Error when the manifest is not as write_manifest() makes it.
std::vector<ManifestFile> read_manifest(const std::string& path) {
  const Config manifest = read_json(path, {std::size_t{1} << 20U, 8});
  if (manifest.at("format").integer() != kFormat) {
    throw Error("E_CHECKPOINT_FORMAT", path,
                "is of format " + std::to_string(manifest.at("format").integer()) + ", this program reads " +
                    std::to_string(kFormat),
                "another version of Strata wrote the checkpoint");
  }
  std::vector<ManifestFile> files;
  for (const auto& [name, entry] : manifest.at("files").members()) {
    if (name.empty() || name.find('/') != std::string::npos || name == "." || name == "..") {
      throw Error("E_CHECKPOINT_DAMAGED", path, "names a file \"" + printable(name) + "\"");
    }
    files.push_back({name, entry.at("sha256").string(), entry.at("size").integer()});
  }
  return files;
}

// A link would be read in place of what it leads to, anywhere on the machine; a pipe would be waited for.
std::optional<Damage> not_a_file_of_its_own(const std::string& path) {
  std::error_code fault;
  const fs::file_status status = fs::symlink_status(path, fault);
  if (fault || !fs::exists(status) || fs::is_regular_file(status)) return {};
  return Damage{path, fs::is_symlink(status) ? "is a link, which is not followed: a checkpoint holds its files itself"
                                             : "is no regular file"};
}

// False for a file that was touched just now: touched again before the file system's clock goes on, it would look the
// same.
bool is_settled(const struct stat& status) {
  constexpr double kTick = 0.1;  // seconds, several times that of the usual file systems
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  const auto seconds = static_cast<double>(now.tv_sec - status.st_ctim.tv_sec);
  return seconds + 1e-9 * static_cast<double>(now.tv_nsec - status.st_ctim.tv_nsec) > kTick;
}

// verified: may be null.
std::optional<Damage> damage_of(const std::string& folder, const ManifestFile& file, Verify what,
                                detail::VerifiedFiles* verified) {
  const std::string path = folder + "/" + file.name;
  if (std::optional<Damage> damage = not_a_file_of_its_own(path)) return damage;
  const std::string wanted = std::to_string(file.size) + " bytes are expected";
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) {
    const bool missing = errno == ENOENT || errno == ENOTDIR;
    if (!missing) throw Error("E_IO_READ", path, "cannot be looked at: " + detail::system_reason());
    return Damage{path, "cannot be read (" + detail::system_reason() + "), " + wanted};
  }
  const auto size = static_cast<std::uintmax_t>(status.st_size);
  if (size != static_cast<std::uintmax_t>(file.size)) {
    return Damage{path, "has " + std::to_string(size) + " bytes, " + std::to_string(file.size) + " are expected"};
  }
  const bool of_training = file.name == "optimizer.safetensors" || file.name == "trainer_state.json";
  if (what == Verify::model && of_training) return {};
  if (verified != nullptr && verified->has(path, status, file.sha256)) return {};
  const bool settled = is_settled(status);
  const std::string hash = sha256_file(path);
  if (hash != file.sha256) {
    return Damage{path, "was altered: its sha256 is " + hash.substr(0, 16) + "..., " + printable(file.sha256, 16) +
                            " is expected"};
  }
  if (verified != nullptr && settled) verified->add(path, status, hash);
  return {};
}

// A file that is read whenever it is there, and that the manifest leaves out, is verified by nothing.
std::optional<Damage> missing_in(const std::vector<ManifestFile>& listed, const std::string& folder) {
  for (const char* name : {"config.json", "model.safetensors", "optimizer.safetensors", "trainer_state.json"}) {
    const auto is = [&](const ManifestFile& file) { return file.name == name; };
    if (std::any_of(listed.begin(), listed.end(), is)) continue;
    const bool needed = name == std::string_view("config.json") || name == std::string_view("model.safetensors");
    const std::string path = folder + "/" + name;
    std::error_code fault;
    if (needed || fs::exists(fs::symlink_status(path, fault))) return Damage{path, std::string(kNotListed)};
  }
  return {};
}

// only: one file, when not empty. verified: may be null.
std::optional<Damage> find_damage(const std::string& folder, Verify what, std::string_view only = {},
                                  detail::VerifiedFiles* verified = nullptr) {
  const std::string manifest = folder + "/" + std::string(kManifest);
  if (std::optional<Damage> damage = not_a_file_of_its_own(manifest)) return damage;
  try {
    bool found = only.empty();
    const std::vector<ManifestFile> listed = read_manifest(manifest);
    for (const ManifestFile& file : listed) {
      if (!only.empty() && file.name != only) continue;
      found = true;
      if (std::optional<Damage> damage = damage_of(folder, file, what, verified)) return damage;
    }
    if (!found) return Damage{folder + "/" + std::string(only), std::string(kNotListed)};
    if (only.empty()) return missing_in(listed, folder);
  } catch (const Error& fault) {
    // What could not be opened may be whole.
    if (fault.code() == "E_IO_READ" || fault.code() == "E_CHECKPOINT_FORMAT") throw;
    return Damage{manifest, "expected the list of the checkpoint's files, found: " + fault.message()};
  }
  return {};
}

std::string intact_sibling(const std::string& folder) {
  const fs::path path(folder);
  const std::string parent = path.parent_path().empty() ? "." : path.parent_path().string();
  const RunFolder run(parent);
  std::vector<std::int64_t> newest_first = run.checkpoints();
  std::reverse(newest_first.begin(), newest_first.end());
  for (const std::int64_t update : newest_first) {
    std::string sibling = run.checkpoint(update);
    if (fs::path(sibling).filename() != path.filename() && checkpoint_intact(sibling)) return sibling;
  }
  return {};
}

[[noreturn]] void fail_damaged(const std::string& folder, const Damage& damage) {
  const std::string sibling = intact_sibling(folder);
  throw Error("E_CHECKPOINT_DAMAGED", damage.file, damage.message,
              sibling.empty() ? "no other checkpoint stands beside it" : sibling + " is intact: name that one");
}

void require_folder(const std::string& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) throw Error("E_CHECKPOINT_MISSING", folder, "no such checkpoint folder");
}

}  // namespace

void detail::write_manifest(const std::string& folder, const std::vector<std::string>& files) {
  Config entries = Config::object();
  for (const std::string& name : files) {
    const std::string path = folder + "/" + name;
    std::error_code fault;
    const std::uintmax_t size = fs::file_size(path, fault);
    if (fault) throw Error("E_IO_WRITE", path, "is gone: " + fault.message());
    entries.put(name, Config::object({{"size", size}, {"sha256", sha256_file(path)}}));
  }
  write_file(folder + "/" + std::string(kManifest),
             write_json(Config::object({{"format", kFormat}, {"files", entries}})));
}

std::vector<std::string> detail::manifest_names(const std::string& folder) {
  std::vector<std::string> names;
  for (const ManifestFile& file : read_manifest(folder + "/" + std::string(kManifest))) names.push_back(file.name);
  return names;
}

std::array<std::int64_t, 7> detail::VerifiedFiles::mark_of(const struct stat& status) {
  return {static_cast<std::int64_t>(status.st_dev),
          static_cast<std::int64_t>(status.st_ino),
          status.st_size,
          status.st_mtim.tv_sec,
          status.st_mtim.tv_nsec,
          status.st_ctim.tv_sec,
          status.st_ctim.tv_nsec};
}

void detail::VerifiedFiles::add(const std::string& path, const struct stat& status, const std::string& sha256) {
  files_[path] = {mark_of(status), sha256};
}

bool detail::VerifiedFiles::has(const std::string& path, const struct stat& status, const std::string& sha256) const {
  const auto found = files_.find(path);
  return found != files_.end() && found->second.mark == mark_of(status) && found->second.sha256 == sha256;
}

std::optional<Damage> detail::find_damage(const std::string& folder, VerifiedFiles& verified) {
  return strata::find_damage(folder, Verify::all, {}, &verified);
}

void verify_checkpoint(const std::string& folder, Verify what) {
  require_folder(folder);
  if (const std::optional<Damage> damage = find_damage(folder, what)) fail_damaged(folder, *damage);
}

void verify_checkpoint_file(const std::string& folder, const std::string& name) {
  require_folder(folder);
  if (const std::optional<Damage> damage = find_damage(folder, Verify::all, name)) fail_damaged(folder, *damage);
}

void detail::require_all_listed(const std::string& folder) {
  const std::vector<ManifestFile> listed = read_manifest(folder + "/" + std::string(kManifest));
  std::error_code fault;
  for (fs::directory_iterator at(folder, fault), end; !fault && at != end; at.increment(fault)) {
    const std::string name = at->path().filename().string();
    const bool read_by_people = name.front() == '.' || name.ends_with(".md");
    const auto is = [&](const ManifestFile& file) { return file.name == name; };
    if (name == kManifest || read_by_people || std::any_of(listed.begin(), listed.end(), is)) continue;
    throw Error("E_CHECKPOINT_DAMAGED", folder + "/" + name,
                std::string(kNotListed) + ", and a tokenizer might read it",
                "move it out of the checkpoint; notes may be called .md");
  }
}

bool checkpoint_intact(const std::string& folder) noexcept {
  try {
    return !find_damage(folder, Verify::all);
  } catch (...) {
    return false;
  }
}

}  // namespace strata
