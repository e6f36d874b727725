// CommandLine: Boost.Program_options cuts the words, the Options structs say what they may be.
#include "command_line.hpp"

#include <algorithm>
#include <boost/program_options.hpp>
#include <cstdlib>
#include <optional>

#include "output.hpp"
#include "strata/core/error.hpp"
#include "strata/core/json.hpp"
#include "strata/core/log.hpp"
#include "strata/device/parallel.hpp"
#include "strata/plugin/registry.hpp"

namespace po = boost::program_options;

namespace strata::app {
namespace {

// What every verb takes.
struct General {
  std::string config;
  std::optional<std::int64_t> threads;
  bool quiet = false, help = false;
  void visit(auto& option) {
    option("config", config,
           "JSON file of options, {\"beam_size\": 4}; the environment and flags replace what it says");
    option("threads", threads,
           "number of threads for computing (left out: the number of cores that this process may use)")
        .range(1, 1024);
    option("quiet", quiet, "silence on standard error, except for errors");
    option("help", help, "this text");
  }
};

std::string dashed(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

std::string underscored(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

// --beam_size=5 -> --beam-size=5; values and what follows a bare "--" stay as they are.
std::vector<std::string> with_dashes(std::vector<std::string> words) {
  for (std::string& word : words) {
    if (word == "--") break;
    if (word.compare(0, 2, "--") != 0) continue;
    const auto end = std::find(word.begin(), word.end(), '=');
    std::replace(word.begin() + 2, end, '_', '-');
  }
  return words;
}

std::string environment_name(const std::string& option) {
  std::string name = "STRATA_";
  for (const char letter : option) {
    name += letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
  }
  return name;
}

bool is_switch(const OptionInfo& option) { return option.fallback.kind() == Config::Kind::boolean; }
bool is_list(const OptionInfo& option) { return option.fallback.is_array(); }

// Text of a flag as the option's kind of value; what does not fit is left a string, which the option then refuses. A
// component is its name, or an object with its options.
Config value_of(const OptionInfo& option, const std::string& text) {
  if (!option.role.empty() && text.substr(0, 1) == "{") return parse_json(text, "--" + dashed(option.name));
  const bool word = option.fallback.is_string() || is_list(option);
  if (!word) {
    try {
      Config value = parse_json(text, "");
      if (value.is_number() || value.kind() == Config::Kind::boolean) return value;
    } catch (const Error&) {
      return Config(text);
    }
  }
  return Config(text);
}

Config with_source(Config value, const std::string& source) {
  value.set_source(source);
  return value;
}

}  // namespace

CommandLine::CommandLine(std::string verb, std::string summary)
    : verb_(std::move(verb)), summary_(std::move(summary)) {}

void CommandLine::argument(const std::string& name, std::string& target, const std::string& help) {
  arguments_.push_back({name, help, true, &target, nullptr});
}

void CommandLine::optional_argument(const std::string& name, std::string& target, const std::string& help) {
  arguments_.push_back({name, help, false, &target, nullptr});
}

void CommandLine::arguments(const std::string& name, std::vector<std::string>& target, const std::string& help) {
  arguments_.push_back({name, help, false, nullptr, &target});
}

void CommandLine::component(const std::string& title, const ComponentInfo& info, Config& spec) {
  groups_.push_back(
      {title, info.options, [&spec, options = info.options, role = info.role, name = info.name](const Config& given) {
         for (const OptionInfo& option : options) {
           if (!option.required || given.find(option.name) != nullptr) continue;
           throw Error("E_CONFIG_MISSING", "--" + dashed(option.name), "is missing: " + option.help);
         }
         Config made = given;
         made.put("type", name);
         (void)default_registry().complete(role, made);  // checks the values
         spec = made;
       }});
}

const OptionInfo* CommandLine::find(const std::string& name) const {
  for (const Group& group : groups_) {
    for (const OptionInfo& option : group.options) {
      if (option.name == name) return &option;
    }
  }
  return nullptr;
}

void CommandLine::refuse(const std::string& message, const std::string& hint) const {
  throw Error("E_USAGE", verb_, message, hint.empty() ? "strata " + verb_ + " --help lists what it takes" : hint);
}

void CommandLine::refuse_unknown(const std::string& option) const {
  std::vector<std::string> known;
  for (const Group& group : groups_) {
    for (const OptionInfo& one : group.options) known.push_back(dashed(one.name));
  }
  const std::string name = option.substr(std::min(option.find_first_not_of('-'), option.size()));
  const std::string near = nearest_name(name, known);
  refuse("there is no option " + option, near.empty() ? "" : "did you mean --" + near + "?");
}

CommandLine::Words CommandLine::split(const std::vector<std::string>& words) {
  constexpr const char* kArguments = " arguments";  // no option can be called so
  po::options_description known;
  for (const Group& group : groups_) {
    for (const OptionInfo& option : group.options) {
      auto* value = po::value<std::vector<std::string>>();
      if (is_switch(option)) value->zero_tokens();
      const std::string name = dashed(option.name) + (option.name == "help"    ? ",h"
                                                      : option.name == "quiet" ? ",q"
                                                                               : "");
      known.add_options()(name.c_str(), value);
    }
  }
  known.add_options()(kArguments, po::value<std::vector<std::string>>());
  po::positional_options_description all_others;
  all_others.add(kArguments, -1);

  Words found;
  std::vector<std::string> unnamed;
  try {
    const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    const auto parsed =
        po::command_line_parser(with_dashes(words)).options(known).positional(all_others).style(style).run();
    for (const auto& option : parsed.options) {
      auto& values = option.string_key == kArguments ? unnamed : found[underscored(option.string_key)];
      values.insert(values.end(), option.value.begin(), option.value.end());
      if (option.value.empty()) values.emplace_back("true");
    }
  } catch (const po::unknown_option& fault) {
    refuse_unknown(fault.get_option_name());
  } catch (const po::error& fault) {
    refuse(fault.what());
  }
  std::size_t next = 0;
  for (const Argument& argument : arguments_) {
    if (argument.many != nullptr) {
      argument.many->assign(unnamed.begin() + static_cast<std::ptrdiff_t>(std::min(next, unnamed.size())),
                            unnamed.end());
      next = unnamed.size();
    } else if (next < unnamed.size()) {
      *argument.one = unnamed[next++];
    } else if (argument.needed && found.count("help") == 0) {
      refuse(argument.name + " is missing: " + argument.help);
    }
  }
  if (next < unnamed.size()) refuse("'" + printable(unnamed[next]) + "' is one argument too many");
  return found;
}

Config CommandLine::layered(const Group& group, const Words& flags, const Config& file) const {
  Config given = Config::object();
  for (const OptionInfo& option : group.options) {
    const auto flag = flags.find(option.name);
    const char* variable = std::getenv(environment_name(option.name).c_str());
    if (flag != flags.end()) {
      const std::string source = "--" + dashed(option.name);
      if (is_list(option)) {
        Config::Items items;
        for (const std::string& text : flag->second) items.push_back(value_of(option, text));
        given.put(option.name, with_source(Config::array(std::move(items)), source));
      } else {
        if (flag->second.size() > 1) refuse(source + " is given twice");
        given.put(option.name, with_source(value_of(option, flag->second.front()), source));
      }
    } else if (variable != nullptr && *variable != '\0' && !is_list(option)) {
      given.put(option.name, with_source(value_of(option, variable), environment_name(option.name)));
    } else if (const Config* value = file.is_object() ? file.find(option.name) : nullptr) {
      given.put(option.name, *value);
    }
  }
  return given;
}

bool CommandLine::parse(const std::vector<std::string>& words) {
  General general;
  options("General", general);
  const Words flags = split(words);
  const auto read = [&](const Group& group, const Config& file) {
    try {
      group.read(layered(group, flags, file));
    } catch (const Error& error) {  // what a flag or variable says wrongly is a fault of usage
      const bool flag = error.place().compare(0, 2, "--") == 0 || error.place().compare(0, 7, "STRATA_") == 0;
      if (!flag || error.code().compare(0, 8, "E_CONFIG") != 0) throw;
      throw Error("E_USAGE", verb_ + " " + error.place(), error.message(), error.hint());
    }
  };
  read(groups_.back(), Config());
  if (general.help) {
    write_out(help());
    return false;
  }
  if (general.quiet) set_log_level(LogLevel::error);
  const Config file = general.config.empty() ? Config::object() : read_json(general.config);
  for (const auto& [name, value] : file.members()) {
    if (find(name) != nullptr) continue;
    std::vector<std::string> known;
    for (const Group& group : groups_) {
      for (const OptionInfo& option : group.options) known.push_back(option.name);
    }
    const std::string near = nearest_name(name, known);
    throw Error("E_CONFIG_UNKNOWN", value.place(), "strata " + verb_ + " has no option '" + printable(name) + "'",
                near.empty() ? "" : "did you mean " + near + "?");
  }
  for (const Group& group : groups_) read(group, file);
  if (general.threads) set_thread_count(static_cast<int>(*general.threads));
  return true;
}

std::string CommandLine::help() const {
  constexpr std::size_t kColumn = 30;
  std::string text = "usage: strata " + verb_;
  for (const Argument& argument : arguments_) {
    const std::string name = argument.name + (argument.many != nullptr ? " ..." : "");
    text += argument.needed ? " " + name : " [" + name + "]";
  }
  text += " [options]\n\n" + summary_ + "\n";
  const auto row = [&text](const std::string& left, const std::string& right) {
    text += "  " + left + std::string(left.size() + 2 < kColumn ? kColumn - left.size() - 2 : 2, ' ') + right + "\n";
  };
  if (!arguments_.empty()) text += "\n";
  for (const Argument& argument : arguments_) row(argument.name, argument.help);
  for (const Group& group : groups_) {
    text += "\n" + group.title + ":\n";
    for (const OptionInfo& option : group.options) {
      std::string notes;
      const bool plain = is_switch(option) || is_list(option) || option.fallback.is_null();
      if (option.fallback.is_string() && !option.fallback.string().empty())
        notes = "default " + option.fallback.string();
      if (!plain && !option.fallback.is_string()) notes = "default " + write_json(option.fallback, 0);
      if (is_list(option)) notes = "may be repeated";
      if (option.required) notes = "required";
      if (!option.allowed().empty()) notes += (notes.empty() ? "" : "; ") + ("allowed: " + option.allowed());
      row("--" + dashed(option.name) +
              (is_switch(option)             ? ""
               : option.fallback.is_number() ? " N"
                                             : " TEXT"),
          option.help + (notes.empty() ? "" : " (" + notes + ")"));
    }
  }
  return text + "\nOptions are also read from the environment, --beam-size from STRATA_BEAM_SIZE.\n";
}

void require_output(const char* verb, const std::string& output) {
  if (!output.empty()) return;
  throw Error("E_USAGE", verb, "--output FOLDER is missing", "it names the checkpoint folder that is written");
}

}  // namespace strata::app
