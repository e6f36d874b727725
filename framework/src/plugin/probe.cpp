// try_plugin: open and register, with nothing kept.
#include "strata/plugin/probe.hpp"

#include "plugin/library.hpp"
#include "plugin/plugin_file.hpp"

namespace strata {

void try_plugin(const std::string& file) {
  const std::string real = detail::PluginFile(file).real;
  const detail::Library library = detail::open_library(real, file, "");  // the only one of this process
  Registry thrown_away;
  const std::unique_ptr<Registry> staged =
      thrown_away.begin({library.descriptor->name, library.descriptor->version, file, ""}, library.handle);
  detail::register_into(*staged, *library.descriptor, file);
}

}  // namespace strata
