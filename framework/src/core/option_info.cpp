// What is known about one option: its limits in words, and as a manifest holds it.
#include <fmt/core.h>

#include "strata/core/options.hpp"

namespace strata {

std::string OptionInfo::allowed() const {
  if (!choices.empty()) {
    std::string out = "one of: ";
    for (const std::string& choice : choices) out += (&choice == choices.data() ? "" : ", ") + choice;
    return out;
  }
  if (low && high)
    return fmt::format("{} {} {} {} {}", *low, low_open ? "<" : "<=", name, high_open ? "<" : "<=", *high);
  if (low) return fmt::format("{} {} {}", name, low_open ? ">" : ">=", *low);
  if (high) return fmt::format("{} {} {}", name, high_open ? "<" : "<=", *high);
  return {};
}

Config OptionInfo::to_config() const {
  Config out = Config::object({{"name", name}, {"type", type}, {"help", help}});
  if (!fallback.is_null()) out.put("default", fallback);
  if (required) out.put("required", true);
  if (low) out.put(low_open ? "above" : "min", *low);
  if (high) out.put(high_open ? "below" : "max", *high);
  if (!choices.empty()) out.put("choices", Config::array({choices.begin(), choices.end()}));
  if (!role.empty()) out.put("role", role);
  if (!group.empty()) {
    Config inner = Config::array();
    for (const OptionInfo& option : group) inner.append(option.to_config());
    out.put("group", std::move(inner));
  }
  return out;
}

OptionInfo OptionInfo::from_config(const Config& config) {
  OptionInfo out;
  out.name = config.at("name").string();
  out.type = config.at("type").string();
  out.help = config.at("help").string();
  if (const Config* given = config.find("default")) out.fallback = *given;
  if (const Config* given = config.find("required")) out.required = given->boolean();
  for (const char* bound : {"min", "above"}) {
    if (const Config* given = config.find(bound)) out.low = given->real(), out.low_open = bound[0] == 'a';
  }
  for (const char* bound : {"max", "below"}) {
    if (const Config* given = config.find(bound)) out.high = given->real(), out.high_open = bound[0] == 'b';
  }
  if (const Config* given = config.find("choices")) {
    for (const Config& choice : given->items()) out.choices.push_back(choice.string());
  }
  if (const Config* given = config.find("role")) out.role = given->string();
  if (const Config* given = config.find("group")) {
    for (const Config& option : given->items()) out.group.push_back(from_config(option));
  }
  return out;
}

Option& Option::min(double low) {
  if (info_ != nullptr) info_->low = low, info_->low_open = false;
  return *this;
}

Option& Option::max(double high) {
  if (info_ != nullptr) info_->high = high, info_->high_open = false;
  return *this;
}

Option& Option::above(double low) {
  if (info_ != nullptr) info_->low = low, info_->low_open = true;
  return *this;
}

Option& Option::below(double high) {
  if (info_ != nullptr) info_->high = high, info_->high_open = true;
  return *this;
}

Option& Option::one_of(std::initializer_list<std::string_view> choices) {
  if (info_ != nullptr) info_->choices.assign(choices.begin(), choices.end());
  return *this;
}

Option& Option::required() {
  if (info_ != nullptr) info_->required = true, info_->fallback = Config();
  return *this;
}

}  // namespace strata
