// try_plugin: open and register, with nothing kept.
#include "strata/plugin/probe.hpp"

#include <filesystem>

#include "plugin/library.hpp"
#include "strata/core/error.hpp"

namespace strata {

void try_plugin(const std::string& file) {
  std::error_code fault;
  const std::string real = std::filesystem::canonical(file, fault).string();
  if (fault) throw Error("E_PLUGIN_FILE", file, "cannot be found: " + fault.message());
  const detail::Library library = detail::open_library(real, file, "");  // the only one of this process
  Registry thrown_away;
  const std::unique_ptr<Registry> staged =
      thrown_away.begin({library.descriptor->name, library.descriptor->version, file, ""}, library.handle);
  detail::register_into(*staged, *library.descriptor, file);
}

}  // namespace strata
