// PluginHost: finds plugins, checks them from the file, loads them once and for good.
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
  // Becomes the provider of `registry`: a component that is asked for and not registered is looked up in the manifests.
  explicit PluginHost(Registry& registry = default_registry());
  ~PluginHost() override;
  PluginHost(const PluginHost&) = delete;
  PluginHost& operator=(const PluginHost&) = delete;

  // Folders are searched in the order given; of two plugins with one name the earlier folder's counts. A folder that
  // does not exist, or that everybody may write into, is E_PLUGIN_PATH; a broken manifest is logged and listed in
  // problems().
  void add_directory(const std::filesystem::path& directory);
  // STRATA_PLUGIN_PATH (':' between folders), then ../lib/strata/plugins of the program and of libstrata.
  void add_default_directories();

  // Checks the file without running any of it, loads what it needs, then itself; the same file twice is loaded once.
  // Throws E_PLUGIN_FILE (no such, no ELF library), _SYMBOL (no plugin of ours), _VERSION, _ABI (built for another
  // host), _PROBE (it crashes, ends or hangs), _NEEDS (a component it needs is nowhere), _LOAD (the system's loader
  // refused it), _REGISTER (its registration threw), _DUPLICATE (names both files: another plugin that is loaded, or
  // one on the search path, has one of its components); nothing is registered then. That the user named the file is
  // remembered, with what it holds, where verdicts are: load_recorded() then finds it again.
  PluginInfo load(const std::string& file);

  // What a checkpoint recorded of a plugin: name, version, sha256. Loads, in this order, and if it is not loaded yet:
  // the one on the search path that is the same; a library of that content which this user has named before; the one on
  // the search path that has its name. E_PLUGIN_UNTRUSTED at `place` otherwise. A record of an old checkpoint may lack
  // a hash; its name may then be a library's file name, and only the search path counts.
  PluginInfo load_recorded(const PluginInfo& record, const std::string& place);

  // On unless set: a library is first loaded in a process of its own, and what came of it is remembered by path, size
  // and time until the file changes ($XDG_CACHE_HOME or ~/.cache, strata/probes.json). Off, nothing is remembered.
  void set_probing(bool on);

  std::vector<PluginInfo> loaded() const;  // in the order of loading
  std::vector<PluginInfo> named() const;   // those of load() and load_recorded(), which a run cannot do without
  std::vector<Error> problems() const;     // what was wrong with manifests, in the order met

  bool provide(std::string_view role, std::string_view name) override;
  std::vector<ComponentInfo> available() const override;
  void provide_extensions(std::string_view prefix) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What the descriptor of a library says, read from the file.
struct PluginHeader {
  std::string name, version, abi;  // of the plugin; abi: its kAbiTag
  unsigned api = 0;                // its kPluginApi
  std::size_t size = 0, held = 0;  // what the descriptor says its size is, and what the symbol has
};
// Throws E_PLUGIN_FILE or E_PLUGIN_SYMBOL; compares nothing.
STRATA_API PluginHeader read_plugin_header(const std::string& file);
// Throws E_PLUGIN_VERSION, E_PLUGIN_ABI or E_PLUGIN_NAME when this host does not take it.
STRATA_API void check_plugin_header(const PluginHeader& header, const std::string& file);

// The manifest beside a library NAME.so is NAME.plugin.json.
STRATA_API std::string manifest_path(const std::string& library);
// What it holds: the plugin, its components with their options, the keys that it stages.
STRATA_API Config make_manifest(const PluginInfo& plugin, const std::vector<ComponentInfo>& components,
                                const std::vector<Extension>& extensions);

}  // namespace strata
