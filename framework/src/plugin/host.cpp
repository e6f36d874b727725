// PluginHost: search, check, load.
#include "strata/plugin/host.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "plugin/header.hpp"
#include "plugin/library.hpp"
#include "plugin/manifest.hpp"
#include "plugin/probes.hpp"
#include "strata/core/log.hpp"
#include "strata/core/sha256.hpp"
#include "strata/plugin/plugin.hpp"

namespace fs = std::filesystem;

namespace strata {

struct PluginHost::State {
  explicit State(Registry& to) : registry(to) {}

  Registry& registry;
  mutable std::recursive_mutex mutex;  // taken before the registry's own
  std::set<std::string> directories;
  std::vector<detail::Manifest> manifests;  // in the order of the search path; one a plugin name
  std::map<std::string, PluginInfo> files;  // loaded, by real path
  std::vector<PluginInfo> order;
  std::set<std::string> loading;
  bool probing = true;
  detail::Probes probes;
  std::vector<std::unique_ptr<Registry>> stages;  // kept: a plugin may hold on to its own
  std::vector<Error> problems;

  void add_manifest(const std::string& file);
  void load_needs(const detail::Manifest& manifest, const std::string& library);
  PluginInfo open(const std::string& file, const std::string& real);
};

PluginHost::PluginHost(Registry& registry) : state_(std::make_unique<State>(registry)) { registry.set_provider(this); }

PluginHost::~PluginHost() { state_->registry.set_provider(nullptr); }

void PluginHost::set_probing(bool on) {
  const std::lock_guard lock(state_->mutex);
  state_->probing = on;
}

void PluginHost::add_directory(const fs::path& directory) {
  const std::lock_guard lock(state_->mutex);
  std::error_code fault;
  const fs::path real = fs::canonical(directory, fault);
  if (fault || !fs::is_directory(real)) {
    throw Error("E_PLUGIN_PATH", directory.string(), fault ? "no such folder of plugins" : "is no folder");
  }
  if ((fs::status(real, fault).permissions() & fs::perms::others_write) != fs::perms::none && !fault) {
    throw Error("E_PLUGIN_PATH", directory.string(), "everybody may write into this folder, so none of it is loaded",
                "chmod o-w, or copy the plugins to a folder of your own");
  }
  if (!state_->directories.insert(real.string()).second) return;
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(real, fault)) {
    if (entry.path().filename().string().ends_with(".plugin.json")) files.push_back(entry.path().string());
  }
  if (fault) throw Error("E_PLUGIN_PATH", directory.string(), "cannot be read: " + fault.message());
  std::sort(files.begin(), files.end());
  for (const std::string& file : files) state_->add_manifest(file);
}

void PluginHost::State::add_manifest(const std::string& file) {
  try {
    detail::Manifest manifest = detail::read_manifest(file);
    for (const detail::Manifest& earlier : manifests) {
      if (earlier.plugin.name != manifest.plugin.name) continue;
      log_debug(manifest.plugin.file + " stands behind " + earlier.plugin.file + " in the search path");
      return;
    }
    manifests.push_back(std::move(manifest));
  } catch (const Error& fault) {
    log_warning(fault.what());
    problems.push_back(fault);
  }
}

void PluginHost::add_default_directories() {
  const char* variable = std::getenv("STRATA_PLUGIN_PATH");
  std::string_view rest = variable == nullptr ? "" : variable;
  while (!rest.empty()) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    if (colon > 0) {
      try {
        add_directory(rest.substr(0, colon));
      } catch (const Error& fault) {
        throw Error(fault.code(), "STRATA_PLUGIN_PATH", fault.place() + ": " + fault.message(), fault.hint());
      }
    }
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  std::vector<fs::path> beside;
  std::error_code fault;
  if (const fs::path program = fs::read_symlink("/proc/self/exe", fault); !fault) {
    beside.push_back(program.parent_path().parent_path() / "lib/strata/plugins");
  }
  if (const std::string library = detail::own_library(); !library.empty()) {
    beside.push_back(fs::path(library).parent_path() / "strata/plugins");
  }
  for (const fs::path& folder : beside) {
    if (fs::is_directory(folder, fault)) add_directory(folder);
  }
}

PluginInfo PluginHost::load(const std::string& file) {
  State& state = *state_;
  const std::lock_guard lock(state.mutex);
  std::error_code fault;
  const std::string real = fs::canonical(file, fault).string();
  if (fault) throw Error("E_PLUGIN_FILE", file, "cannot be found: " + fault.message());
  if (const auto found = state.files.find(real); found != state.files.end()) return found->second;
  if (!state.loading.insert(real).second) {
    throw Error("E_PLUGIN_REGISTER", file, "needs a component of a plugin that needs one of this plugin");
  }
  try {
    PluginInfo info = state.open(file, real);
    state.loading.erase(real);
    return info;
  } catch (...) {
    state.loading.erase(real);
    throw;
  }
}

// What the manifest beside the library says that it makes of others.
void PluginHost::State::load_needs(const detail::Manifest& manifest, const std::string& library) {
  for (const ComponentInfo& info : manifest.components) {
    for (const std::string& need : info.needs) {
      const std::size_t slash = std::min(need.find('/'), need.size());
      const std::string role = need.substr(0, slash), name = need.substr(std::min(slash + 1, need.size()));
      try {
        registry.component(role, name);  // loads it when it is not there yet
      } catch (const Error& fault) {
        if (fault.code() != "E_CONFIG_COMPONENT") throw;
        throw Error("E_PLUGIN_NEEDS", library, info.role + "/" + info.name + " needs " + need + ": " + fault.message(),
                    fault.hint());
      }
    }
  }
}

PluginInfo PluginHost::State::open(const std::string& file, const std::string& real) {
  PluginInfo info;
  std::optional<detail::Manifest> manifest;
  {
    const std::string bytes = detail::read_library(file);
    const PluginHeader header = detail::parse_header(bytes, file);
    check_plugin_header(header, file);
    manifest = detail::manifest_beside(real, file, bytes);
    info = {header.name, header.version, file, sha256_hex(bytes)};
  }
  for (const PluginInfo& other : order) {
    if (other.name != info.name) continue;
    throw Error("E_PLUGIN_DUPLICATE", file, "plugin \"" + info.name + "\" is already loaded from " + other.file,
                "load only one of the two");
  }
  if (probing) probes.check(real, file);
  if (manifest) load_needs(*manifest, file);

  detail::Library library = detail::open_library(real, file, info.sha256);
  stages.push_back(registry.begin(info, std::move(library.handle)));
  Registry& staged = *stages.back();
  detail::register_into(staged, *library.descriptor, file);
  registry.commit(staged);
  files.emplace(real, info);
  order.push_back(info);
  log_debug("loaded " + info.name + " " + info.version + " from " + file);
  return info;
}

std::vector<PluginInfo> PluginHost::loaded() const {
  const std::lock_guard lock(state_->mutex);
  return state_->order;
}

std::vector<Error> PluginHost::problems() const {
  const std::lock_guard lock(state_->mutex);
  return state_->problems;
}

bool PluginHost::provide(std::string_view role, std::string_view name) {
  const std::lock_guard lock(state_->mutex);
  const PluginInfo* provider = nullptr;
  for (const detail::Manifest& manifest : state_->manifests) {
    for (const ComponentInfo& info : manifest.components) {
      if (info.role != role || info.name != name) continue;
      if (provider != nullptr && provider->file != manifest.plugin.file) {
        throw Error("E_PLUGIN_DUPLICATE", manifest.plugin.file,
                    info.role + "/" + info.name + " is also in " + provider->file, "keep only one of the two");
      }
      provider = &manifest.plugin;
    }
  }
  if (provider == nullptr) return false;
  const std::string file = provider->file;
  load(file);
  if (!state_->registry.registered(role, name)) {
    throw Error("E_PLUGIN_MANIFEST", manifest_path(file),
                "promises " + std::string(role) + "/" + std::string(name) + ", which the library does not register",
                "building the plugin writes it anew");
  }
  return true;
}

void PluginHost::provide_extensions(std::string_view prefix) {
  const std::lock_guard lock(state_->mutex);
  std::vector<std::string> wanted;                       // loading may read further manifests
  const auto is_loaded = [&](const std::string& name) {  // perhaps from another file, which the user named
    return std::any_of(state_->order.begin(), state_->order.end(), [&](const PluginInfo& p) { return p.name == name; });
  };
  for (const detail::Manifest& manifest : state_->manifests) {
    if (is_loaded(manifest.plugin.name)) continue;
    for (const std::string& key : manifest.extensions) {
      if (key.compare(0, prefix.size(), prefix) == 0) wanted.push_back(manifest.plugin.file);
    }
  }
  for (const std::string& file : wanted) (void)load(file);
}

std::vector<ComponentInfo> PluginHost::available() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<ComponentInfo> out;
  for (const detail::Manifest& manifest : state_->manifests) {
    out.insert(out.end(), manifest.components.begin(), manifest.components.end());
  }
  return out;
}

}  // namespace strata
