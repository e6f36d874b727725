// save_checkpoint, and reading the recipe back.
#include "strata/model/checkpoint.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "core/file_errors.hpp"
#include "model/codes_names.hpp"
#include "model/manifest.hpp"
#include "model/plugin_records.hpp"
#include "strata/core/error.hpp"
#include "strata/core/file.hpp"
#include "strata/core/json.hpp"
#include "strata/core/version.hpp"
#include "strata/model/safetensors.hpp"

namespace strata {
namespace fs = std::filesystem;

namespace {

// A folder that vanishes with all that is in it unless it was renamed away.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {
    std::error_code fault;
    fs::remove_all(path_, fault);
    fs::create_directory(path_, fault);
    if (fault) throw Error("E_IO_WRITE", path_, "cannot be made: " + fault.message());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

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
  recipe.put("strata", Config::object({{"version", version()}, {"plugins", detail::plugin_records(contents.plugins)}}));
  return recipe;
}

void write_contents(const std::string& folder, const CheckpointContents& contents) {
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
  if (contents.tokenizers.source != nullptr) {
    for (const std::string& file : contents.tokenizers.save(folder)) sync_file(name(file));
  }
  if (!contents.optimizer.empty()) write_safetensors(name("optimizer.safetensors"), contents.optimizer);
  if (!contents.trainer_state.is_null()) write_file(name("trainer_state.json"), write_json(contents.trainer_state));
  detail::write_manifest(folder, files);
  sync_folder(folder);
}

// An older folder of the name changes places with the new one, so that a link to it always leads to a whole checkpoint.
void put_in_place(const std::string& temporary, const std::string& folder) {
  if (renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, folder.c_str(), RENAME_EXCHANGE) == 0) return;
  std::error_code fault;
  if (errno != ENOENT) fs::remove_all(folder, fault);  // a file system that cannot exchange
  if (!fault) fs::rename(temporary, folder, fault);
  if (fault) throw Error("E_IO_WRITE", folder, "cannot be put in its place: " + fault.message());
}

}  // namespace

void save_checkpoint(const std::string& folder, const CheckpointContents& contents) {
  const TemporaryFolder temporary(folder + ".tmp-" + std::to_string(getpid()));
  write_contents(temporary.path(), contents);
  put_in_place(temporary.path(), folder);
  const std::string parent = fs::path(folder).parent_path().string();
  sync_folder(parent.empty() ? "." : parent);
}

Config read_checkpoint_recipe(const std::string& folder) {
  verify_checkpoint_file(folder, "config.json");
  Config recipe = detail::read_own_json(folder + "/config.json");
  detail::name_no_files(recipe);
  recipe.erase("strata");
  return recipe;
}

std::vector<PluginInfo> read_checkpoint_plugins(const std::string& folder) {
  verify_checkpoint_file(folder, "config.json");
  return detail::recorded_plugins(detail::read_own_json(folder + "/config.json"));
}

}  // namespace strata
