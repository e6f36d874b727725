// strata version: what this build is.
#include "strata/core/version.hpp"

#include "command_line.hpp"
#include "output.hpp"
#include "strata/plugin/plugin.hpp"
#include "verbs.hpp"

namespace strata::app {

int version(const Arguments& words) {
  CommandLine line("version", "Prints the version of this build, and what its plugins have to match.");
  if (!line.parse(words)) return 0;
  write_out("strata " + std::string(strata::version()) + "\n");
  write_out("plugin api " + std::to_string(kPluginApi) + ", abi: " + std::string(kAbiTag) + "\n");
  return 0;
}

}  // namespace strata::app
