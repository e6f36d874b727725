// CommandLine over Boost.Program_options: one reading of flags and environment, one wording of what is wrong.
#include "command_line.hpp"

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "output.hpp"
#include "strata/core/error.hpp"

namespace po = boost::program_options;

namespace strata::app {
namespace {

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

std::string environment_name(std::string option) {
  for (char& letter : option) {
    letter = letter == '-' ? '_' : static_cast<char>(letter >= 'a' && letter <= 'z' ? letter - 'a' + 'A' : letter);
  }
  return "STRATA_" + option;
}

// Levenshtein's distance, a swap of neighbours counting as one.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::string nearest_name(const std::string& name, const std::vector<std::string>& known) {
  constexpr std::size_t kLongest = 64;
  if (name.size() > kLongest) return {};
  std::string best;
  std::size_t least = 1 + std::max<std::size_t>(1, name.size() / 3);
  for (const std::string& candidate : known) {
    const std::size_t now = distance(name, candidate);
    if (now < least) {
      least = now;
      best = candidate;
    }
  }
  return best;
}

CommandLine::CommandLine(std::string verb, std::string summary) : verb_(std::move(verb)), summary_(std::move(summary)) {
  group("General");
  current().add_options()("help,h", po::bool_switch(&help_), "print this and exit");
}

void CommandLine::group(const std::string& title) { groups_.emplace_back(title, 100, 60); }

po::options_description& CommandLine::current() { return groups_.back(); }

void CommandLine::flag(const std::string& name, bool& target, const std::string& help) {
  current().add_options()(name.c_str(), po::bool_switch(&target), help.c_str());
}

void CommandLine::option(const std::string& name, std::string& target, const std::string& value,
                         const std::string& help) {
  auto* semantic = po::value(&target)->value_name(value);
  if (!target.empty()) semantic->default_value(target);
  current().add_options()(name.c_str(), semantic, help.c_str());
}

void CommandLine::option(const std::string& name, std::vector<std::string>& target, const std::string& value,
                         const std::string& help) {
  current().add_options()(name.c_str(), po::value(&target)->value_name(value), (help + "; may be repeated").c_str());
}

void CommandLine::option(const std::string& name, std::int64_t& target, std::pair<std::int64_t, std::int64_t> range,
                         const std::string& help) {
  const auto check = [verb = verb_, name, range](std::int64_t value) {
    if (value >= range.first && value <= range.second) return;
    throw Error("E_USAGE", verb + " --" + name, std::to_string(value) + " is out of range",
                "allowed: " + std::to_string(range.first) + " to " + std::to_string(range.second));
  };
  current().add_options()(name.c_str(), po::value(&target)->value_name("N")->default_value(target)->notifier(check),
                          help.c_str());
}

void CommandLine::add_argument(Argument argument, po::value_semantic* value) {
  hidden_.add_options()(argument.name.c_str(), value, argument.help.c_str());
  positions_.add(argument.name.c_str(), argument.list ? -1 : 1);
  arguments_.push_back(std::move(argument));
}

void CommandLine::argument(const std::string& name, std::string& target, const std::string& help) {
  add_argument({name, help, true, false}, po::value(&target));
}

void CommandLine::optional_argument(const std::string& name, std::string& target, const std::string& help) {
  add_argument({name, help, false, false}, po::value(&target));
}

void CommandLine::arguments(const std::string& name, std::vector<std::string>& target, const std::string& help) {
  add_argument({name, help, false, true}, po::value(&target));
}

std::string CommandLine::nearest(const std::string& name) const {
  std::vector<std::string> known;
  for (const auto& group : groups_) {
    for (const auto& option : group.options()) known.push_back(option->long_name());
  }
  return nearest_name(name, known);
}

std::string CommandLine::help() const {
  std::ostringstream text;
  text << "usage: strata " << verb_;
  for (const Argument& argument : arguments_) {
    text << ' ' << (argument.needed ? "" : "[") << argument.name << (argument.list ? " ..." : "")
         << (argument.needed ? "" : "]");
  }
  text << " [options]\n\n" << summary_ << "\n";
  if (!arguments_.empty()) text << '\n';
  for (const Argument& argument : arguments_) {
    text << "  " << argument.name << std::string(argument.name.size() < 20 ? 20 - argument.name.size() : 1, ' ')
         << argument.help << '\n';
  }
  for (auto group = groups_.rbegin(); group != groups_.rend(); ++group) text << '\n' << *group;
  text << "\nEvery option is also read from the environment: --beam-size from STRATA_BEAM_SIZE.\n";
  return text.str();
}

void CommandLine::store(const po::parsed_options& parsed) {
  const std::string hint = "strata " + verb_ + " --help lists the options";
  try {
    po::store(parsed, values_);
  } catch (const po::multiple_occurrences& fault) {
    throw Error("E_USAGE", verb_, fault.get_option_name() + " is given twice", hint);
  } catch (const po::validation_error& fault) {
    throw Error("E_USAGE", verb_, fault.what(), hint);
  }
}

bool CommandLine::parse(const std::vector<std::string>& words) {
  for (const auto& group : groups_) all_.add(group);
  po::options_description everything;
  everything.add(all_).add(hidden_);
  const std::string hint = "strata " + verb_ + " --help lists the options";
  try {
    const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    store(po::command_line_parser(with_dashes(words)).options(everything).positional(positions_).style(style).run());
  } catch (const po::unknown_option& fault) {
    std::string name = fault.get_option_name();
    name.erase(0, std::min(name.find_first_not_of('-'), name.size()));
    const std::string near = nearest(name);
    throw Error("E_USAGE", verb_, "there is no option " + fault.get_option_name(),
                near.empty() ? hint : "did you mean --" + near + "?");
  } catch (const po::too_many_positional_options_error&) {
    throw Error("E_USAGE", verb_, "too many arguments", hint);
  } catch (const po::error& fault) {
    throw Error("E_USAGE", verb_, fault.what(), hint);
  }
  if (values_["help"].as<bool>()) {
    write_out(help());
    return false;
  }
  po::parsed_options environment(&everything);
  for (const auto& option : all_.options()) {
    const char* value = std::getenv(environment_name(option->long_name()).c_str());
    if (value != nullptr && option->long_name() != "help") {
      environment.options.emplace_back(option->long_name(), std::vector<std::string>{value});
    }
  }
  store(environment);
  po::notify(values_);
  for (const Argument& argument : arguments_) {
    if (argument.needed && values_.count(argument.name) == 0) {
      throw Error("E_USAGE", verb_, argument.name + " is missing: " + argument.help, hint);
    }
  }
  return true;
}

}  // namespace strata::app
