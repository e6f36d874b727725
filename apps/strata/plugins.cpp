// strata plugins: the components that recipes may name, and the options of each; `new`, `doctor` and `test`
// have files of their own.
#include <algorithm>

#include "command_line.hpp"
#include "output.hpp"
#include "plugin_options.hpp"
#include "strata/core/error.hpp"
#include "strata/core/json.hpp"
#include "strata/run/answer_run.hpp"
#include "verbs.hpp"

namespace strata::app {
namespace {

struct ListOptions {
  bool json = false;
  void visit(auto& option) { option("json", json, "one JSON object per component"); }
};

void print_json(const ComponentInfo& component) {
  Config::Items options;
  for (const OptionInfo& option : component.options) options.push_back(option.to_config());
  const Config line = Config::object({{"role", component.role},
                                      {"name", component.name},
                                      {"description", component.description},
                                      {"plugin", component.plugin.name},
                                      {"version", component.plugin.version},
                                      {"file", component.plugin.file},
                                      {"options", Config::array(std::move(options))}});
  write_out(write_json(line, 0) + "\n");
}

void print_row(const ComponentInfo& component) {
  write_out(padded(component.role + "/" + component.name, 28) + padded(component.plugin.name, 20) +
            component.description + "\n");
}

void print_options(const std::vector<OptionInfo>& options, const std::string& indent) {
  for (const OptionInfo& option : options) {
    std::string notes = option.required             ? "required"
                        : option.fallback.is_null() ? ""
                                                    : "default " + write_json(option.fallback, 0);
    if (!option.allowed().empty()) notes += (notes.empty() ? "" : "; ") + ("allowed: " + option.allowed());
    if (!option.role.empty()) notes += (notes.empty() ? "" : "; ") + ("see strata plugins show " + option.role);
    write_out(indent + padded(option.name, 22) + padded(option.type, 12) + option.help +
              (notes.empty() ? "" : " (" + notes + ")") + "\n");
    print_options(option.group, indent + "  ");
  }
}

void print_whole(const ComponentInfo& component) {
  write_out(component.role + "/" + component.name + ": " + component.description + "\n");
  write_out("plugin " + component.plugin.name + " " + component.plugin.version +
            (component.plugin.file.empty() ? " (built in)" : ", " + component.plugin.file) + "\n");
  write_out(component.options.empty() ? "\nIt has no options.\n" : "\nOptions:\n");
  print_options(component.options, "  ");
}

}  // namespace

int plugins(const Arguments& words) {
  if (!words.empty() && words.front() == "doctor") return plugins_doctor({words.begin() + 1, words.end()});
  if (!words.empty() && words.front() == "new") return plugins_new({words.begin() + 1, words.end()});
  if (!words.empty() && words.front() == "test") return plugins_test({words.begin() + 1, words.end()});
  std::string action, what;
  ListOptions list;
  PluginOptions plugin_options;
  CommandLine line("plugins",
                   "Lists the components that recipes may name, or shows one with its options.\nstrata plugins new "
                   "ROLE NAME writes a folder with a new plugin that you can change.\nstrata plugins doctor FILE ... "
                   "says whether plugin files would load, without running any of them.\nstrata plugins test FILE "
                   "[ROLE/NAME] checks that components do what their roles promise.");
  line.optional_argument("show", action, "word 'show', which may be left out");
  line.optional_argument(
      "ROLE[/NAME]", what,
      "role (attention), whose components are listed, or one of them (attention/additive), which is shown with its "
      "options, defaults and ranges");
  line.options("Output", list);
  line.options("Plugins", plugin_options);
  if (!line.parse(words)) return 0;
  if (what.empty() && action != "show") what.swap(action);  // the word may be left out
  if (!action.empty() && action != "show") {
    throw Error("E_USAGE", "plugins", "'" + printable(action) + "' is not known",
                "strata plugins show ROLE[/NAME], new ROLE NAME, doctor FILE, or test FILE");
  }

  register_answerers(default_registry());
  PluginHost host;
  add_plugins(host, plugin_options);
  const std::size_t slash = what.find('/');
  const bool one = slash != std::string::npos;
  const std::string role = what.substr(0, slash);
  if (one) {
    const ComponentInfo component = default_registry().component(role, what.substr(slash + 1));
    list.json ? print_json(component) : print_whole(component);
    return 0;
  }
  const std::vector<ComponentInfo> components = default_registry().components(role);
  if (components.empty() && !role.empty()) {
    std::vector<std::string> roles{"show", "new", "doctor", "test"};
    for (const ComponentInfo& component : default_registry().components()) roles.push_back(component.role);
    const std::string near = nearest_name(role, roles);
    throw Error("E_CONFIG_COMPONENT", "plugins show", "no component has the role '" + printable(role) + "'",
                near.empty() ? "strata plugins lists them" : "did you mean " + near + "?");
  }
  for (const ComponentInfo& component : components) list.json ? print_json(component) : print_row(component);
  return 0;
}

}  // namespace strata::app
