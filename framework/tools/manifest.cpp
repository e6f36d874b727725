// strata-manifest LIBRARY: loads a freshly built plugin in a process of its own and writes NAME.plugin.json beside it.
// strata_add_plugin runs it after linking; listing what exists then loads nothing.
#include <cstdio>
#include <exception>
#include <filesystem>

#include "strata/core/error.hpp"
#include "strata/core/file.hpp"
#include "strata/core/json.hpp"
#include "strata/core/log.hpp"
#include "strata/plugin/host.hpp"

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: strata-manifest LIBRARY\n", stderr);
    return static_cast<int>(strata::Exit::usage);
  }
  try {
    const std::string library = arguments[1];
    const std::string manifest = strata::manifest_path(library);
    std::filesystem::remove(manifest);  // what an earlier build wrote no longer counts
    strata::Registry& registry = strata::default_registry();
    strata::PluginHost host(registry);
    host.set_probing(false);  // this process is there to be lost
    const strata::PluginInfo plugin = host.load(library);
    std::vector<strata::ComponentInfo> own;
    for (strata::ComponentInfo& info : registry.components()) {
      if (info.plugin.file == plugin.file) own.push_back(std::move(info));
    }
    std::vector<strata::Extension> extensions;  // of its own: what it needs may have brought some
    for (strata::Extension& extension : registry.extensions()) {
      if (extension.plugin.file == plugin.file) extensions.push_back(std::move(extension));
    }
    const std::string text = strata::write_json(strata::make_manifest(plugin, own, extensions));
    strata::write_file(manifest, text + "\n");
    return 0;
  } catch (const strata::Error& fault) {
    strata::log_error(fault.what());
    return static_cast<int>(fault.exit());
  } catch (const std::exception& fault) {
    strata::log_error(fault.what());
    return static_cast<int>(strata::Exit::internal);
  } catch (...) {
    strata::log_error("something that is no exception class was thrown");
    return static_cast<int>(strata::Exit::internal);
  }
}
