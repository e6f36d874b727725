// strata devices: what a recipe may name as its device, and why not.
#include "strata/run/devices.hpp"

#include "command_line.hpp"
#include "output.hpp"
#include "plugin_options.hpp"
#include "strata/core/json.hpp"
#include "verbs.hpp"

namespace strata::app {
namespace {

struct ListOptions {
  bool json = false;
  void visit(auto& option) { option("json", json, "one JSON object per device"); }
};

}  // namespace

int devices(const Arguments& words) {
  ListOptions list;
  PluginOptions plugin_options;
  CommandLine line("devices",
                   "Lists the devices that a recipe may name. For a device that cannot be used here it says why.");
  line.options("Output", list);
  line.options("Plugins", plugin_options);
  if (!line.parse(words)) return 0;

  PluginHost host;
  add_plugins(host, plugin_options);
  for (const DeviceState& state : list_devices(default_registry())) {
    if (list.json) {
      const Config row = Config::object(
          {{"device", state.name}, {"about", state.about}, {"usable", state.reason.empty()}, {"reason", state.reason}});
      write_out(write_json(row, 0) + "\n");
      continue;
    }
    std::string text = state.about;
    if (!state.reason.empty()) text += (text.empty() ? "not usable: " : "; not usable: ") + state.reason;
    write_out(padded(state.name, 10) + text + "\n");
  }
  return 0;
}

}  // namespace strata::app
