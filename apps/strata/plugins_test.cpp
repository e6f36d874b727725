// strata plugins test: what a component promises by its role, checked in a process of its own.
#include <algorithm>

#include "command_line.hpp"
#include "output.hpp"
#include "plugin_options.hpp"
#include "strata/check/apart.hpp"
#include "strata/core/error.hpp"
#include "strata/core/interrupt.hpp"
#include "strata/core/json.hpp"
#include "verbs.hpp"

namespace strata::app {
namespace {

struct TestOptions {
  bool json = false;
  std::string options;
  double limit = 60;
  void visit(auto& option) {
    option("json", json, "one JSON object per checked property");
    option("options", options, "options of the component, as a JSON object: {\"heads\": 4}; kernels have none");
    option("limit", limit, "number of seconds after which a check that has not ended fails").above(0);
  }
};

constexpr std::string_view verdict_of(CheckRow::Verdict verdict) {
  switch (verdict) {
    case CheckRow::Verdict::passed: return "passed";
    case CheckRow::Verdict::failed: return "FAILED";
    case CheckRow::Verdict::skipped: return "skipped";
    case CheckRow::Verdict::measured: return "";
  }
  return "";
}

void print(const std::string& component, const CheckRow& row, bool json) {
  if (json) {
    const std::string_view verdict = row.verdict == CheckRow::Verdict::measured ? "measured" : verdict_of(row.verdict);
    write_out(
        write_json(
            Config::object(
                {{"component", component}, {"property", row.property}, {"verdict", verdict}, {"detail", row.detail}}),
            0) +
        "\n");
    return;
  }
  write_out("  " + padded(row.property, 15) + padded(std::string(verdict_of(row.verdict)), 9) +
            printable(row.detail, 400) + "\n");
}

Config spec_of(const std::string& component, const std::string& options) {
  const std::string name = component.substr(component.find('/') + 1);
  Config spec = options.empty() ? Config::object() : parse_json(options, "--options");
  if (!spec.is_object()) throw Error("E_USAGE", "plugins test --options", "is " + std::string(spec.kind_name()));
  spec.put("type", name);
  return spec;
}

// Returns the name of an option that the component must have and that no default replaces; empty when there is none.
std::string required_option(const std::string& component) {
  for (const ComponentInfo& info : default_registry().components()) {
    if (info.role + "/" + info.name != component) continue;
    for (const OptionInfo& option : info.options) {
      if (option.required) return option.name;
    }
  }
  return {};
}

// Returns the row of a component that cannot be made without options, when a whole file is tested without any.
CheckRow without_options(const std::string& component, const std::string& option) {
  return {"all", CheckRow::Verdict::skipped,
          "the option \"" + option + "\" must be given: strata plugins test FILE " + component + " --options '{\"" +
              option + "\": ...}'"};
}

}  // namespace

int plugins_test(const Arguments& words) {
  std::string file, component;
  TestOptions options;
  CheckOptions checks;
  PluginOptions plugin_options;
  CommandLine line(
      "plugins test",
      "Checks that the components of a plugin do what their roles promise, and compares its kernels with the\nfloat64 "
      "oracle: each op in every dtype and memory layout, forward and backward. The checks run in a separate\nprocess: "
      "a check that crashes, hangs or ends that process is reported as failed.");
  line.argument("FILE", file, "plugin library");
  line.optional_argument("ROLE/NAME", component,
                         "one of its components, or kernel/NAME (left out: all that have checks)");
  line.options("Output", options);
  line.options("Checks", checks);
  line.options("Plugins", plugin_options);
  if (!line.parse(words)) return 0;

  PluginHost host;
  add_plugins(host, plugin_options);
  const PluginInfo plugin = host.load(file);
  const ApartOptions apart{plugin_options.plugin_path, plugin_options.plugin, options.limit};
  install_interrupt_handlers();  // Ctrl-C still ends the separate process and removes its folder
  int failed = 0, run = 0;
  const std::vector<std::string> components = checked_components(plugin.file, component, default_registry());
  const auto is_feed = [](const std::string& one) { return one.starts_with("feed/"); };
  if (!checks.dataset.empty() && std::none_of(components.begin(), components.end(), is_feed)) {
    throw Error("E_USAGE", "plugins test --dataset", "there is no feed to check", "the option is for feeds alone");
  }
  for (const std::string& one : components) {
    const std::string required = component.empty() && options.options.empty() ? required_option(one) : "";
    const auto rows = required.empty() ? check_apart(file, one, spec_of(one, options.options), checks, apart)
                                       : std::vector<CheckRow>{without_options(one, required)};
    if (!options.json) write_out(one + " of " + printable(plugin.file) + "\n");
    for (const CheckRow& row : rows) {
      print(one, row, options.json);
      failed += row.verdict == CheckRow::Verdict::failed ? 1 : 0;
      run += row.verdict == CheckRow::Verdict::passed || row.verdict == CheckRow::Verdict::failed ? 1 : 0;
    }
  }
  if (!options.json) write_out(std::to_string(run - failed) + " passed, " + std::to_string(failed) + " failed\n");
  return failed == 0 ? 0 : static_cast<int>(Exit::plugin);
}

}  // namespace strata::app
