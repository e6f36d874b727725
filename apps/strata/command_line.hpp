// CommandLine: what a verb takes, declared as Options structs. Flags win over the environment (STRATA_BEAM_SIZE), that
// over --config FILE (JSON); dashes and underscores are the same; an unknown option is an error that names the nearest.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "strata/core/config.hpp"
#include "strata/core/options.hpp"
#include "strata/plugin/role.hpp"

namespace strata::app {

class CommandLine {
 public:
  CommandLine(std::string verb, std::string summary);

  // What stands without a name, in order: needed ones, ones that may be left out, and at last a list.
  void argument(const std::string& name, std::string& target, const std::string& help);
  void optional_argument(const std::string& name, std::string& target, const std::string& help);
  void arguments(const std::string& name, std::vector<std::string>& target, const std::string& help);

  // Every member that T::visit names becomes an option; `title` stands above them in --help. Lists are repeated flags.
  template <class T>
  void options(const std::string& title, T& target) {
    groups_.push_back(
        {title, describe_options<T>(), [&target](const Config& given) { target = parse_options<T>(given); }});
  }

  // The options of a component become options of the verb; `spec` is what the registry makes it of.
  void component(const std::string& title, const ComponentInfo& info, Config& spec);

  // Fills the targets; false when --help was asked for and printed. Throws E_USAGE, and E_CONFIG_* for the file.
  bool parse(const std::vector<std::string>& words);

 private:
  struct Argument {
    std::string name, help;
    bool needed = false;
    std::string* one = nullptr;
    std::vector<std::string>* many = nullptr;
  };
  struct Group {
    std::string title;
    std::vector<OptionInfo> options;
    std::function<void(const Config&)> read;
  };
  using Words = std::map<std::string, std::vector<std::string>>;  // option name -> values

  Words split(const std::vector<std::string>& words);
  const OptionInfo* find(const std::string& name) const;
  Config layered(const Group& group, const Words& flags, const Config& file) const;
  [[noreturn]] void refuse(const std::string& message, const std::string& hint = {}) const;
  [[noreturn]] void refuse_unknown(const std::string& option) const;
  std::string help() const;

  std::string verb_, summary_;
  std::vector<Argument> arguments_;
  std::vector<Group> groups_;
};

// Throws E_USAGE when `verb` was given no --output FOLDER to write a checkpoint into.
void require_output(const char* verb, const std::string& output);

}  // namespace strata::app
