// save_checkpoint, and reading the recipe back.
#include "strata/checkpoint/checkpoint.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "checkpoint/checkpoint_folder.hpp"
#include "checkpoint/codes_names.hpp"
#include "checkpoint/manifest.hpp"
#include "checkpoint/plugin_records.hpp"
#include "core/file_errors.hpp"
#include "strata/checkpoint/output_folder.hpp"
#include "strata/checkpoint/safetensors.hpp"
#include "strata/core/error.hpp"
#include "strata/core/file.hpp"
#include "strata/core/json.hpp"
#include "strata/core/version.hpp"

namespace strata {
namespace fs = std::filesystem;

namespace {

using detail::Folder;
using detail::TemporaryFolder;

// Tokenizers write as they like; what they wrote has to be on the disk before the manifest says so.
void sync_file(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool done = file >= 0 && fsync(file) == 0;
  const std::string reason = detail::system_reason();
  if (file >= 0) close(file);
  if (!done) throw Error("E_IO_WRITE", path, "cannot be written to disk: " + reason);
}

Config with_record(const CheckpointContents& contents) {
  Config recipe = contents.recipe;
  recipe.put("strata", Config::object({{"version", version()},
                                       {"feed", contents.feed},
                                       {"plugins", detail::plugin_records(contents.plugins)}}));
  return recipe;
}

// The names of what was written, the manifest last.
std::vector<std::string> write_contents(const std::string& folder, const CheckpointContents& contents) {
  std::vector<std::string> files;
  const auto name = [&](const std::string& file) {
    files.push_back(file);
    return folder + "/" + file;
  };
  write_file(name("config.json"), write_json(with_record(contents)));
  std::vector<NamedTensor> weights;
  for (const NamedParameter& one : contents.parameters) {
    if (one.parameter.quantized()) {
      weights.push_back({detail::codes_name(one.name), one.parameter.rows().codes});
      weights.push_back({detail::scale_name(one.name), one.parameter.rows().scale});
    } else {
      weights.push_back({one.name, one.parameter.value()});
    }
  }
  write_safetensors(name("model.safetensors"), weights, {{"format", "pt"}});
  if (!contents.tokenizers.empty()) {
    for (const std::string& file : contents.tokenizers.save(folder)) sync_file(name(file));
  }
  for (const CheckpointFile& file : contents.files) {
    if (std::find(files.begin(), files.end(), file.name) == files.end()) write_file(name(file.name), file.content);
  }
  if (!contents.optimizer.empty()) write_safetensors(name("optimizer.safetensors"), contents.optimizer);
  if (!contents.trainer_state.is_null()) write_file(name("trainer_state.json"), write_json(contents.trainer_state));
  detail::write_manifest(folder, files);
  files.emplace_back(detail::kManifestName);
  return files;
}

void rename_or_fail(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) == 0) return;
  const std::string reason = detail::system_reason();
  throw Error("E_IO_WRITE", to, "cannot be put in its place: " + reason);
}

// An older checkpoint of the name changes places with the new one, so that a link to it always leads to a whole one.
// The older one's new name.
std::string change_places(const std::string& temporary, const std::string& folder) {
  if (renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, folder.c_str(), RENAME_EXCHANGE) == 0) return temporary;
  const bool cannot = errno == EINVAL || errno == ENOSYS || errno == ENOTSUP;  // this file system, or this kernel
  if (!cannot) throw Error("E_IO_WRITE", folder, "cannot be replaced: " + detail::system_reason());
  std::string older = detail::temporary_name(folder);
  rename_or_fail(folder, older);
  try {
    rename_or_fail(temporary, folder);
  } catch (...) {
    rename_or_fail(older, folder);
    throw;
  }
  return older;
}

// Into an empty folder that is there already: it may be a mounted one, or the current one, whose name cannot be given
// to another. The manifest comes last; until then there is no checkpoint.
void fill(TemporaryFolder& temporary, const std::vector<std::string>& files, const std::string& folder) {
  std::size_t done = 0;
  try {
    for (; done < files.size(); ++done) {
      if (done + 1 == files.size()) sync_folder(folder);
      rename_or_fail(temporary.path() + "/" + files[done], folder + "/" + files[done]);
    }
  } catch (...) {
    while (done > 0) unlink((folder + "/" + files[--done]).c_str());
    throw;
  }
  sync_folder(folder);
}

// What a user may type: "mean/", "mean/.", ".".
std::string plain(std::string path) {
  const auto ends_with = [&](std::string_view end) {
    return path.size() > end.size() && path.compare(path.size() - end.size(), end.size(), end) == 0;
  };
  while (ends_with("/") || ends_with("/.")) path.resize(path.rfind('/') == 0 ? 1 : path.rfind('/'));
  const std::string name = fs::path(path).filename().string();
  if (name != "." && name != "..") return path;
  std::error_code fault;
  std::string real = fs::canonical(path, fault).string();
  if (fault) throw Error("E_IO_READ", path, "cannot be looked at: " + fault.message());
  return real;
}

std::string parent_of(const std::string& path) {
  const std::string parent = fs::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

[[noreturn]] void refuse_output(const std::string& folder, const std::string& why) {
  throw Error("E_IO_OUTPUT", folder, why,
              "name a folder that is not there yet, an empty one, or one with a checkpoint and nothing else");
}

Folder writable(const std::string& folder) {
  const detail::FolderState state = detail::state_of_folder(folder);
  if (state.is == Folder::foreign) refuse_output(folder, state.why + ": nothing is written there");
  return state.is;
}

}  // namespace

void save_checkpoint(const std::string& path, const CheckpointContents& contents) {
  const std::string folder = plain(path);
  const Folder there = writable(folder);
  TemporaryFolder temporary(there == Folder::empty ? folder + "/checkpoint" : folder);
  const std::vector<std::string> files = write_contents(temporary.path(), contents);
  temporary.finished();
  sync_folder(temporary.path());
  if (there == Folder::empty) return fill(temporary, files, folder);
  if (writable(folder) == Folder::checkpoint) {
    const std::string older = change_places(temporary.path(), folder);
    temporary.gone();
    sync_folder(parent_of(folder));
    detail::remove_checkpoint(older);
  } else {
    rename_or_fail(temporary.path(), folder);
    temporary.gone();
    sync_folder(parent_of(folder));
  }
}

void write_new_folder(const std::string& path, const FolderWriter& write) {
  const std::string folder = plain(path);
  const Folder there = writable(folder);
  if (there == Folder::checkpoint) {
    throw Error("E_IO_OUTPUT", folder, "has a checkpoint, which is not replaced",
                "name a folder that is not there yet, or an empty one");
  }
  make_folders(parent_of(folder));
  TemporaryFolder temporary(there == Folder::empty ? folder + "/written" : folder);
  const std::vector<std::string> files = write(temporary.path());
  for (const std::string& file : files) sync_file(temporary.path() + "/" + file);
  temporary.finished();
  sync_folder(temporary.path());
  if (there == Folder::empty) return fill(temporary, files, folder);
  rename_or_fail(temporary.path(), folder);
  temporary.gone();
  sync_folder(parent_of(folder));
}

void require_output_folder(const std::string& path) {
  const std::string folder = plain(path), name = fs::path(folder).filename().string();
  if (writable(folder) == Folder::checkpoint) {
    std::error_code ignored;
    if (fs::equivalent(folder, ".", ignored)) {
      refuse_output(folder, "is a checkpoint and the current folder, which cannot be replaced");
    }
  }
  std::error_code ignored;
  const std::string parent = parent_of(folder);
  const bool of_run = detail::update_of(name) || name == "latest" || name == "best";
  if (of_run && fs::exists(parent + "/.lock", ignored)) {
    throw Error("E_IO_OUTPUT", folder, "belongs to the run " + parent + ", which trains from its checkpoints",
                "name a folder of another name");
  }
}

Config detail::read_verified_recipe(const std::string& folder) {
  Config recipe = read_json(folder + "/config.json");
  detail::name_no_files(recipe);
  recipe.erase("strata");
  return recipe;
}

Config read_checkpoint_feed(const std::string& folder) {
  verify_checkpoint_file(folder, "config.json");
  const Config recipe = read_json(folder + "/config.json");
  const Config* feed = recipe.find_path("strata.feed");
  return feed == nullptr ? Config() : *feed;
}

std::vector<PluginInfo> detail::read_verified_plugins(const std::string& folder) {
  return recorded_plugins(read_json(folder + "/config.json"));
}

Config read_checkpoint_recipe(const std::string& folder) {
  verify_checkpoint_file(folder, "config.json");
  return detail::read_verified_recipe(folder);
}

std::vector<PluginInfo> read_checkpoint_plugins(const std::string& folder) {
  verify_checkpoint_file(folder, "config.json");
  return detail::read_verified_plugins(folder);
}

}  // namespace strata
