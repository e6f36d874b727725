// strata plugins doctor: whether this host would take a plugin file, and why not, without running any of it.
#include "command_line.hpp"
#include "output.hpp"
#include "strata/core/error.hpp"
#include "strata/core/json.hpp"
#include "strata/plugin/doctor.hpp"
#include "strata/plugin/plugin.hpp"
#include "verbs.hpp"

namespace strata::app {
namespace {

struct DoctorOptions {
  bool json = false;
  void visit(auto& option) { option("json", json, "one JSON object per file"); }
};

void row(const std::string& name, const std::string& text) { write_out("  " + padded(name, 14) + text + "\n"); }

std::string beside(const std::string& value, const std::string& own) {
  return printable(value) + (value == own ? " (this host the same)" : " (this host: " + own + ")");
}

// The first few, as a plugin with a fault may have thousands.
std::string some(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 3;
  std::string text = names.empty() ? "none" : std::to_string(names.size()) + ": ";
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i > 0 ? ", " : "") + printable(names[i]);
  return text + (names.size() > kShown ? ", ..." : "");
}

void print(const PluginDiagnosis& found) {
  write_out(printable(found.file) + "\n");
  if (found.header) {
    row("plugin", printable(found.header->name) + " " + printable(found.header->version));
    row("API", beside(std::to_string(found.header->api), std::to_string(kPluginApi)));
    row("ABI", beside(found.header->abi, std::string(kAbiTag)));
    for (const NeededLibrary& library : found.needed) {
      row("needs", printable(library.name) + " -> " + (library.path.empty() ? "not found" : printable(library.path)));
    }
    row("lacks", some(found.unresolved));
    row("leaks", some(found.leaks));
    row("pins", some(found.pins));
    for (const ComponentInfo& component : found.components) row("component", component.role + "/" + component.name);
    for (const std::string& key : found.extensions) row("brings", printable(key));
    if (!found.reason && !found.listed) row("manifest", "none beside it: found by --plugin only, not by name");
  }
  row("verdict", found.reason ? std::string("no: ") + found.reason->what() : "yes");
}

Config strings(const std::vector<std::string>& list) { return Config::array({list.begin(), list.end()}); }

void print_json(const PluginDiagnosis& found) {
  Config object = Config::object({{"file", found.file}, {"loads", !found.reason}});
  if (found.reason) object.put("reason", found.reason->what());
  if (found.header) {
    object.put("plugin", found.header->name);
    object.put("version", found.header->version);
    object.put("api", static_cast<std::int64_t>(found.header->api));
    object.put("abi", found.header->abi);
    Config needed = Config::array(), components = Config::array();
    for (const NeededLibrary& one : found.needed) {
      needed.append(Config::object({{"library", one.name}, {"path", one.path}}));
    }
    for (const ComponentInfo& one : found.components) components.append(one.role + "/" + one.name);
    object.put("needs", std::move(needed));
    object.put("lacks", strings(found.unresolved));
    object.put("leaks", strings(found.leaks));
    object.put("pins", strings(found.pins));
    object.put("manifest", found.listed);
    object.put("components", std::move(components));
    object.put("extensions", strings(found.extensions));
  }
  write_out(write_json(object, 0) + "\n");
}

}  // namespace

int plugins_doctor(const Arguments& words) {
  std::vector<std::string> files;
  DoctorOptions options;
  CommandLine line("plugins doctor", "Says whether this program would load plugin files, without running any of them.");
  line.arguments("FILE", files, "plugin libraries");
  line.options("Output", options);
  if (!line.parse(words)) return 0;
  if (files.empty()) throw Error("E_USAGE", "plugins doctor", "FILE is missing: plugin libraries");
  bool fine = true;
  for (const std::string& file : files) {
    const PluginDiagnosis found = diagnose_plugin(file);
    fine = fine && !found.reason;
    options.json ? print_json(found) : print(found);
  }
  return fine ? 0 : static_cast<int>(Exit::plugin);
}

}  // namespace strata::app
