// OptionVisitor: one `visit` lists, reads or dumps an Options struct. Reading knows the list already, so that limits
// are checked where the value is read, whatever stands behind `option(...)` in the source.
#include "strata/core/options.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "strata/core/error.hpp"

namespace strata {
namespace {

std::string allowed_hint(const OptionInfo& info) {
  const std::string allowed = info.allowed();
  return allowed.empty() || !info.choices.empty() ? allowed : "allowed: " + allowed;
}

[[noreturn]] void out_of_range(const Config& from, const OptionInfo& info, const std::string& why) {
  throw Error("E_CONFIG_RANGE", from.place(), why, allowed_hint(info));
}

void check_range(double value, const Config& from, const OptionInfo& info) {
  if (!std::isfinite(value)) out_of_range(from, info, fmt::format("{} is not finite", value));
  const bool low = info.low && (info.low_open ? value <= *info.low : value < *info.low);
  const bool high = info.high && (info.high_open ? value >= *info.high : value > *info.high);
  if (low || high) out_of_range(from, info, fmt::format("{} is out of range", value));
}

void read_value(bool& out, const Config& from, const OptionInfo&) { out = from.boolean(); }

void read_value(std::int64_t& out, const Config& from, const OptionInfo& info) {
  const std::int64_t value = from.integer();
  check_range(static_cast<double>(value), from, info);
  out = value;
}

void read_value(int& out, const Config& from, const OptionInfo& info) {
  std::int64_t value = 0;
  read_value(value, from, info);
  if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max()) {
    out_of_range(from, info, fmt::format("{} is beyond 32 bits", value));
  }
  out = static_cast<int>(value);
}

void read_value(double& out, const Config& from, const OptionInfo& info) {
  if (from.is_string()) {  // `--set lr=inf` is a number to the user, though none to JSON
    std::string word = from.string();
    const bool minus = word.substr(0, 1) == "-";
    if (minus || word.substr(0, 1) == "+") word.erase(0, 1);
    std::transform(word.begin(), word.end(), word.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
    if (word == "inf" || word == "infinity" || word == "nan") {
      out_of_range(from, info, (minus ? "-" : "") + word.substr(0, 3) + " is not finite");
    }
  }
  const double value = from.real();
  check_range(value, from, info);
  out = value;
}

void read_value(std::string& out, const Config& from, const OptionInfo& info) {
  const std::string& value = from.string();
  if (!info.choices.empty() && std::find(info.choices.begin(), info.choices.end(), value) == info.choices.end()) {
    out_of_range(from, info, "\"" + value + "\" is not allowed");
  }
  out = value;
}

template <class T>
void read_value(std::optional<T>& out, const Config& from, const OptionInfo& info) {
  if (from.is_null()) {
    out.reset();
  } else {
    read_value(out.emplace(), from, info);
  }
}

template <class T>
void read_value(std::vector<T>& out, const Config& from, const OptionInfo& info) {
  std::vector<T> values;
  for (const Config& item : from.items()) read_value(values.emplace_back(), item, info);
  out = std::move(values);
}

void read_value(Config& out, const Config& from, const OptionInfo&) { out = from; }

template <class T>
Config written(const T& value) {
  return Config(value);
}
template <class T>
Config written(const std::optional<T>& value) {
  return value ? Config(*value) : Config();
}
template <class T>
Config written(const std::vector<T>& value) {
  return Config::array(Config::Items(value.begin(), value.end()));
}

std::string type_name(const bool&) { return "bool"; }
std::string type_name(const int&) { return "int"; }
std::string type_name(const std::int64_t&) { return "int"; }
std::string type_name(const double&) { return "real"; }
std::string type_name(const std::string&) { return "string"; }
std::string type_name(const Config&) { return "any"; }
template <class T>
std::string type_name(const std::optional<T>&) {
  return "optional " + type_name(T());
}
template <class T>
std::string type_name(const std::vector<T>&) {
  return "list of " + type_name(T());
}

}  // namespace

OptionVisitor::OptionVisitor() = default;
OptionVisitor::~OptionVisitor() = default;

OptionVisitor::OptionVisitor(const Config& from, std::vector<OptionInfo> expected, Registry* registry, bool component)
    : mode_(Mode::read), from_(from), registry_(registry), component_(component) {
  if (component && from.is_string()) from_ = Config::object({{"type", from}});
  expect(std::move(expected));
}

OptionVisitor::OptionVisitor(Writer, Registry* registry)
    : mode_(Mode::write), out_(Config::object()), registry_(registry) {}

OptionVisitor OptionVisitor::writer(Registry* registry) { return OptionVisitor(Writer{}, registry); }

OptionVisitor::OptionVisitor(const OptionVisitor& outer, std::string_view name)
    : mode_(outer.mode_), out_(Config::object()), registry_(outer.registry_) {
  if (mode_ != Mode::read) return;
  const Config* part = outer.given(name);
  from_ = part != nullptr ? *part : outer.from_.empty_member(name);
}

void OptionVisitor::expect(std::vector<OptionInfo> expected) {
  options_ = std::move(expected);
  if (from_.is_null()) return;
  for (const auto& member : from_.members()) {
    const std::string& name = member.first;
    if (component_ && name == "type") continue;
    std::vector<std::string> known;
    bool found = false;
    for (const OptionInfo& option : options_) {
      known.push_back(option.name);
      found = found || option.name == name;
    }
    if (found) continue;
    const std::string near = nearest_name(name, known);
    std::string hint =
        near.empty() ? (known.empty() ? "there are none here" : "known: ") : "did you mean \"" + near + "\"?";
    if (near.empty()) {
      for (std::size_t i = 0; i < known.size(); ++i) hint += (i == 0 ? "" : ", ") + known[i];
    }
    throw Error("E_CONFIG_UNKNOWN", member.second.place(), "unknown option \"" + name + "\"", hint);
  }
}

const OptionInfo& OptionVisitor::info(std::string_view name) const {
  for (const OptionInfo& option : options_) {
    if (option.name == name) return option;
  }
  throw Error("E_INTERNAL", std::string(name), "visit() declares this option only for some values of the others");
}

const Config* OptionVisitor::given(std::string_view name) const {
  const Config* value = from_.is_null() ? nullptr : from_.find(name);
  if (value == nullptr && info(name).required) {
    throw Error("E_CONFIG_MISSING", from_.place_of(name), "is missing", info(name).help);
  }
  return value;
}

Option OptionVisitor::declare(std::string_view name, std::string type, std::string_view help, Config fallback) {
  OptionInfo& added = options_.emplace_back();
  added.name = name;
  added.type = std::move(type);
  added.help = help;
  added.fallback = std::move(fallback);
  return Option(&added);
}

template <class T>
Option OptionVisitor::scalar(std::string_view name, T& value, std::string_view help) {
  if (mode_ == Mode::list) return declare(name, type_name(value), help, written(value));
  if (mode_ == Mode::write) {
    out_.put(name, written(value));
  } else if (const Config* from = given(name)) {
    read_value(value, *from, info(name));
  }
  return Option(nullptr);
}

Option OptionVisitor::operator()(std::string_view name, bool& value, std::string_view help) {
  return scalar(name, value, help);
}
Option OptionVisitor::operator()(std::string_view name, int& value, std::string_view help) {
  return scalar(name, value, help);
}
Option OptionVisitor::operator()(std::string_view name, std::int64_t& value, std::string_view help) {
  return scalar(name, value, help);
}
Option OptionVisitor::operator()(std::string_view name, double& value, std::string_view help) {
  return scalar(name, value, help);
}
Option OptionVisitor::operator()(std::string_view name, std::string& value, std::string_view help) {
  return scalar(name, value, help);
}
Option OptionVisitor::operator()(std::string_view name, std::optional<std::int64_t>& value, std::string_view help) {
  return scalar(name, value, help);
}
Option OptionVisitor::operator()(std::string_view name, std::optional<double>& value, std::string_view help) {
  return scalar(name, value, help);
}
Option OptionVisitor::operator()(std::string_view name, std::optional<std::string>& value, std::string_view help) {
  return scalar(name, value, help);
}
Option OptionVisitor::operator()(std::string_view name, std::vector<std::int64_t>& value, std::string_view help) {
  return scalar(name, value, help);
}
Option OptionVisitor::operator()(std::string_view name, std::vector<double>& value, std::string_view help) {
  return scalar(name, value, help);
}
Option OptionVisitor::operator()(std::string_view name, std::vector<std::string>& value, std::string_view help) {
  return scalar(name, value, help);
}
Option OptionVisitor::operator()(std::string_view name, Config& value, std::string_view help) {
  return scalar(name, value, help);
}

Option OptionVisitor::choice(std::string_view name, std::size_t& index, std::string_view help,
                             const std::vector<std::string_view>& names) {
  if (mode_ == Mode::list) {
    const Option option = declare(name, "choice", help, names.at(index));
    options_.back().choices.assign(names.begin(), names.end());
    return option;
  }
  if (mode_ == Mode::write) {
    out_.put(name, names.at(index));
  } else if (const Config* from = given(name)) {
    std::string value;
    read_value(value, *from, info(name));
    index = static_cast<std::size_t>(std::find(names.begin(), names.end(), value) - names.begin());
  }
  return Option(nullptr);
}

Option OptionVisitor::finish_group(OptionVisitor& inner, std::string_view name, std::string_view help) {
  if (mode_ == Mode::list) {
    const Option option = declare(name, "group", help, Config());
    options_.back().group = inner.take_options();
    return option;
  }
  if (mode_ == Mode::write) out_.put(name, inner.take_config());
  return Option(nullptr);
}

Option OptionVisitor::finish_groups(std::string_view name, std::string_view help, std::vector<OptionInfo> options,
                                    Config list) {
  if (mode_ == Mode::list) {
    const Option option = declare(name, "list of groups", help, std::move(list));
    options_.back().group = std::move(options);
    return option;
  }
  out_.put(name, std::move(list));
  return Option(nullptr);
}

}  // namespace strata
