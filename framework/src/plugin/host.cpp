// PluginHost: search, check, load.
#include "strata/plugin/host.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>
#include <set>

#include "plugin/elf_file.hpp"
#include "plugin/header.hpp"
#include "plugin/library.hpp"
#include "plugin/manifest.hpp"
#include "plugin/open_folders.hpp"
#include "plugin/plugin_file.hpp"
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
  std::vector<detail::Manifest> manifests;    // in the order of the search path; one a plugin name
  std::map<std::string, PluginInfo> files;    // loaded, by real path
  std::map<std::string, std::string> hashes;  // SHA-256 of their bytes, by real path
  std::vector<PluginInfo> order;
  std::vector<std::string> named;  // names of plugins, in the order of naming
  std::set<std::string> loading;
  bool probing = true;
  detail::Probes probes;
  std::vector<std::unique_ptr<Registry>> stages;  // kept: a plugin may hold on to its own
  std::vector<Error> problems;

  void add_manifest(const std::string& file);
  void load_needs(const detail::Manifest& manifest, const std::string& library);
  void refuse_shadows(const Registry& staged, const PluginInfo& info) const;
  PluginInfo load(const std::string& file, bool by_name);
  PluginInfo open(detail::PluginFile& plugin, std::string& bytes_hash);
  const detail::Manifest* on_path(const PluginInfo& record, bool same) const;
};

namespace {

std::string sha256_of(const std::string& file) {
  const std::string bytes = detail::read_library(file);
  return detail::ElfFile(bytes, file).checksum();
}

bool same_file(const std::string& one, const std::string& other) {
  std::error_code fault;
  return one == other || fs::equivalent(one, other, fault);
}

}  // namespace

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
  const std::lock_guard lock(state_->mutex);
  return state_->load(file, true);
}

// by_name: the user named it.
PluginInfo PluginHost::State::load(const std::string& file, bool by_name) {
  detail::PluginFile plugin(file);
  const std::string& real = plugin.real;
  if (by_name) {
    if (const std::string why = detail::open_to_everybody(real); !why.empty()) {
      log_warning("plugin " + file + ": " + why + ", so anybody may change what it does");
    }
  }
  PluginInfo info;
  std::string bytes_hash;  // of what is loaded, whatever becomes of the file
  if (const auto found = files.find(real); found != files.end()) {
    info = found->second;
    bytes_hash = hashes[real];
  } else {
    if (!loading.insert(real).second) {
      throw Error("E_PLUGIN_REGISTER", file, "needs a component of a plugin that needs one of this plugin");
    }
    try {
      info = open(plugin, bytes_hash);
      hashes[real] = bytes_hash;
      loading.erase(real);
    } catch (...) {
      loading.erase(real);
      throw;
    }
  }
  if (!by_name) return info;
  if (std::find(named.begin(), named.end(), info.name) == named.end()) named.push_back(info.name);
  if (probing) probes.name(real, info, bytes_hash);
  return info;
}

// The plugin of the search path that a record means; `same`: with the content that it recorded.
const detail::Manifest* PluginHost::State::on_path(const PluginInfo& record, bool same) const {
  for (const detail::Manifest& manifest : manifests) {
    const std::string& file = manifest.plugin.file;
    const bool by_name = manifest.plugin.name == record.name;
    const bool by_library = record.sha256.empty() && fs::path(file).filename() == record.name;
    if (!by_name && !by_library) continue;
    if (!same || (!manifest.checksum.empty() ? manifest.checksum : sha256_of(file)) == record.sha256) return &manifest;
  }
  return nullptr;
}

PluginInfo PluginHost::load_recorded(const PluginInfo& record, const std::string& place) {
  State& state = *state_;
  const std::lock_guard lock(state.mutex);
  const auto required = [&](const PluginInfo& info) {
    auto& named = state.named;
    if (std::find(named.begin(), named.end(), info.name) == named.end()) named.push_back(info.name);
    return info;
  };
  for (const PluginInfo& info : state.order) {
    if (info.name == record.name) return required(info);
  }
  const bool hashed = !record.sha256.empty();
  if (const detail::Manifest* found = hashed ? state.on_path(record, true) : nullptr) {
    return required(state.load(found->plugin.file, false));
  }
  for (const detail::Probes::Named& known :
       hashed ? state.probes.named(record) : std::vector<detail::Probes::Named>()) {
    std::error_code fault;
    // The path is one that the user named; the content is what it was then.
    if (!fs::is_regular_file(known.real, fault) || sha256_file(known.real) != known.bytes) continue;
    return required(state.load(known.real, false));
  }
  if (const detail::Manifest* found = state.on_path(record, false))
    return required(state.load(found->plugin.file, false));
  const std::string version = record.version.empty() ? "" : " " + printable(record.version);
  throw Error("E_PLUGIN_UNTRUSTED", place,
              "plugin \"" + printable(record.name) + "\"" + version +
                  " is not installed, and no library of this content was named here before: " +
                  (hashed ? "SHA-256 " + printable(record.sha256, 16) : "none is recorded"),
              "--plugin FILE loads it, if you trust that file");
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

// The host makes the checks of the file, as the doctor does, and then those that need a probe or the other plugins.
PluginInfo PluginHost::State::open(detail::PluginFile& plugin, std::string& bytes_hash) {
  detail::check_plugin_file(plugin);
  const std::string &file = plugin.file, &real = plugin.real;
  PluginInfo info{plugin.header->name, plugin.header->version, file, plugin.checksum};
  bytes_hash = sha256_hex(plugin.bytes);
  std::string().swap(plugin.bytes);  // a library may be large, and what follows loads others
  for (const PluginInfo& other : order) {
    if (other.name != info.name) continue;
    throw Error("E_PLUGIN_DUPLICATE", file, "plugin \"" + info.name + "\" is already loaded from " + other.file,
                "load only one of the two");
  }
  if (probing) probes.check(real, file);
  if (plugin.manifest) load_needs(*plugin.manifest, file);

  detail::Library library = detail::open_library(real, file, info.sha256);
  stages.push_back(registry.begin(info, std::move(library.handle)));
  Registry& staged = *stages.back();
  detail::register_into(staged, *library.descriptor, file);
  refuse_shadows(staged, info);
  registry.commit(staged);
  files.emplace(real, info);
  order.push_back(info);
  log_debug("loaded " + info.name + " " + info.version + " from " + file);
  return info;
}

// The registry refuses components of another plugin; here are its other keys, and a plugin that stands in for one of
// the same name.
void PluginHost::State::refuse_shadows(const Registry& staged, const PluginInfo& info) const {
  for (const detail::Manifest& manifest : manifests) {
    if (same_file(manifest.plugin.file, info.file)) continue;
    if (manifest.plugin.name == info.name) {
      if (manifest.checksum != info.sha256) {  // no copy
        log_warning("plugin " + info.name + " of " + info.file + " is used in place of " + manifest.plugin.file);
      }
      continue;
    }
    for (const Extension& extension : staged.extensions()) {
      const auto& keys = manifest.extensions;
      if (std::find(keys.begin(), keys.end(), extension.key) == keys.end()) continue;
      throw Error("E_PLUGIN_DUPLICATE", info.file, extension.key + " is also in " + manifest.plugin.file,
                  "give it another name, or load only one of the two");
    }
  }
}

std::vector<PluginInfo> PluginHost::named() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<PluginInfo> out;
  for (const std::string& name : state_->named) {
    for (const PluginInfo& info : state_->order) {
      if (info.name == name) out.push_back(info);
    }
  }
  return out;
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
  state_->load(file, false);
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
  for (const std::string& file : wanted) (void)state_->load(file, false);
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
