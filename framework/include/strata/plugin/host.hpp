// PluginHost: finds plugins, checks their files and loads them. A loaded plugin is never unloaded.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/error.hpp"
#include "strata/core/export.hpp"
#include "strata/plugin/registry.hpp"

namespace strata {

class STRATA_API PluginHost final : public ComponentProvider {
 public:
  // Becomes the provider of `registry`: when a component is requested that is not registered, the host looks for it in
  // the manifests of the plugins and loads its plugin.
  explicit PluginHost(Registry& registry = default_registry());
  ~PluginHost() override;
  PluginHost(const PluginHost&) = delete;
  PluginHost& operator=(const PluginHost&) = delete;

  // Adds a folder of plugins. Folders are searched in the order of these calls; of two plugins with the same name, the
  // one in the earlier folder is used. Throws E_PLUGIN_PATH when the folder does not exist or is writable for
  // everybody. A broken manifest in it is logged and added to problems().
  void add_directory(const std::filesystem::path& directory);
  // Adds the folders in STRATA_PLUGIN_PATH (separated by ':'), then ../lib/strata/plugins relative to the program and
  // to libstrata.
  void add_default_directories();

  // Checks a plugin file without running its code, loads the plugins that it needs, and then the plugin itself; a file
  // that is loaded already is not loaded again. Throws E_PLUGIN_FILE (there is no such file, or it is no ELF library),
  // E_PLUGIN_SYMBOL (it is no plugin of Strata), E_PLUGIN_VERSION or E_PLUGIN_ABI (it was built for another host),
  // E_PLUGIN_PROBE (loading it crashes, hangs or ends the process), E_PLUGIN_NEEDS (a component that it needs is not
  // found), E_PLUGIN_LOAD (the system's loader refused it), E_PLUGIN_REGISTER (its registration threw) or
  // E_PLUGIN_DUPLICATE (another plugin, loaded or on the search path, has one of its components; the message names both
  // files). When it throws, nothing is registered. The host stores the path and the SHA-256 of the file with the
  // results of probing, so that load_recorded() can find it later.
  PluginInfo load(const std::string& file);

  // Loads the plugin that a checkpoint recorded by name, version and SHA-256, unless it is loaded already. Takes the
  // first that exists of: the plugin on the search path with the same content; a file with the same content that this
  // user has loaded by its path before; the plugin on the search path with the same name. Throws E_PLUGIN_UNTRUSTED at
  // `place` when there is none. A record in an old checkpoint may lack the hash; its name may then be the file name of
  // a library, and only the search path is searched.
  PluginInfo load_recorded(const PluginInfo& record, const std::string& place);

  // Turns probing on or off; it is on by default. With probing, a library is first loaded in a separate process, in
  // which it may crash. The result is stored under the path, size and time of the file in strata/probes.json (in
  // $XDG_CACHE_HOME or ~/.cache), and used until the file changes. Without probing, nothing is stored.
  void set_probing(bool on);

  std::vector<PluginInfo> loaded() const;  // loaded plugins, in the order of loading
  std::vector<PluginInfo> named() const;   // plugins of load() and load_recorded(), which a run needs
  std::vector<Error> problems() const;     // errors of broken manifests, in the order in which they were found

  bool provide(std::string_view role, std::string_view name) override;
  std::vector<ComponentInfo> available() const override;
  void provide_extensions(std::string_view prefix) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The content of a library's descriptor, read from the file.
struct PluginHeader {
  std::string name, version, abi;  // name and version of the plugin, and its kAbiTag
  unsigned api = 0;                // its kPluginApi
  std::size_t size = 0, held = 0;  // size that the descriptor states, and size of its symbol in the file, in bytes
};
// Reads the descriptor without comparing it with this host. Throws E_PLUGIN_FILE or E_PLUGIN_SYMBOL.
STRATA_API PluginHeader read_plugin_header(const std::string& file);
// Throws E_PLUGIN_VERSION, E_PLUGIN_ABI or E_PLUGIN_NAME when this host would not load a plugin with this header.
STRATA_API void check_plugin_header(const PluginHeader& header, const std::string& file);

// Returns the path of a library's manifest: NAME.plugin.json for NAME.so.
STRATA_API std::string manifest_path(const std::string& library);
// Returns the content of a manifest: the plugin, its components with their options, and the keys of its extensions.
STRATA_API Config make_manifest(const PluginInfo& plugin, const std::vector<ComponentInfo>& components,
                                const std::vector<Extension>& extensions);

}  // namespace strata
