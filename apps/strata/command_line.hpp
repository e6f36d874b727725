// CommandLine: what a verb takes. Flags win over the environment (STRATA_BEAM_SIZE). Dashes and
// underscores are the same; an unknown option is an error that names the nearest one.
#pragma once

#include <boost/program_options.hpp>
#include <cstdint>
#include <list>
#include <string>
#include <utility>
#include <vector>

namespace strata::app {

class CommandLine {
 public:
  CommandLine(std::string verb, std::string summary);

  // Options declared from here on stand under this title in --help.
  void group(const std::string& title);

  // A flag without a value.
  void flag(const std::string& name, bool& target, const std::string& help);
  // Options with a value; the target's present value is the default.
  void option(const std::string& name, std::string& target, const std::string& value, const std::string& help);
  void option(const std::string& name, std::vector<std::string>& target, const std::string& value,
              const std::string& help);
  void option(const std::string& name, std::int64_t& target, std::pair<std::int64_t, std::int64_t> range,
              const std::string& help);

  // What stands without a name, in order: needed ones, ones that may be left out, and at last a list.
  void argument(const std::string& name, std::string& target, const std::string& help);
  void optional_argument(const std::string& name, std::string& target, const std::string& help);
  void arguments(const std::string& name, std::vector<std::string>& target, const std::string& help);

  // Fills the targets; false when --help was asked for and printed. Throws E_USAGE.
  bool parse(const std::vector<std::string>& words);

 private:
  struct Argument {
    std::string name, help;
    bool needed = false, list = false;
  };

  boost::program_options::options_description& current();
  void add_argument(Argument argument, boost::program_options::value_semantic* value);
  void store(const boost::program_options::parsed_options& parsed);
  std::string help() const;
  std::string nearest(const std::string& name) const;

  std::string verb_, summary_;
  std::list<boost::program_options::options_description> groups_;
  boost::program_options::options_description all_, hidden_;
  boost::program_options::positional_options_description positions_;
  boost::program_options::variables_map values_;
  std::vector<Argument> arguments_;
  bool help_ = false;
};

// The one of `known` that a misspelt `name` most likely meant, or nothing.
std::string nearest_name(const std::string& name, const std::vector<std::string>& known);

}  // namespace strata::app
