// strata plugins new: a folder to start a plugin of one's own from.
#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "command_line.hpp"
#include "output.hpp"
#include "plugin_options.hpp"
#include "strata/plugin/scaffold.hpp"
#include "verbs.hpp"

namespace strata::app {
namespace {

struct NewOptions {
  std::string output;
  void visit(auto& option) { option("output", output, "folder to make (left out: NAME in this folder)"); }
};

// As the user would type it: by name where PATH leads to this very file.
std::string own_name() {
  namespace fs = std::filesystem;
  std::error_code fault;
  const fs::path own = fs::read_symlink("/proc/self/exe", fault);
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    const fs::path candidate = fs::path(rest.substr(0, colon)) / "strata";
    if (fs::exists(candidate, fault)) return fs::equivalent(candidate, own, fault) ? "strata" : own.string();
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  return own.string();
}

}  // namespace

int plugins_new(const Arguments& words) {
  ScaffoldRequest request;
  NewOptions options;
  PluginOptions plugin_options;
  CommandLine line("plugins new",
                   "Writes a folder with a small plugin that builds and passes its test, and with a recipe that uses "
                   "it. Change\nit to make a plugin of your own.");
  line.argument("ROLE", request.role,
                "role of the component: attention, cell, dataset, feed, kernel, layer, metric, model, optimizer, ...");
  line.argument("NAME", request.name, "name of the component and of the plugin: a-z, 0-9 and _");
  line.options("Output", options);
  line.options("Plugins", plugin_options);
  if (!line.parse(words)) return 0;

  PluginHost host;  // knows which names are taken
  add_plugins(host, plugin_options);
  request.folder = options.output.empty() ? request.name : options.output;
  const std::vector<std::string> files = write_scaffold(request, default_registry());
  write_out(request.folder + ":");
  for (const std::string& file : files) write_out(" " + file);
  write_out("\n\n  cd " + request.folder + " && cmake --workflow --preset default   # configures, builds, tests\n  " +
            own_name() + " train recipe.json --output runs/first      # then trains with it\n");
  return 0;
}

}  // namespace strata::app
