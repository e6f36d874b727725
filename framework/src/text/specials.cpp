// Specials: lists of ids, and the form in a file.
#include "strata/text/specials.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <utility>

#include "strata/core/error.hpp"
#include "strata/core/json.hpp"

namespace strata {
namespace {

using One = std::pair<std::string_view, std::int32_t Specials::*>;
constexpr std::array<One, 6> kOnes = {{{"pad", &Specials::pad},
                                       {"start", &Specials::start},
                                       {"unknown", &Specials::unknown},
                                       {"mask", &Specials::mask},
                                       {"separator", &Specials::separator},
                                       {"classify", &Specials::classify}}};
constexpr const char* kHint =
    "known: pad, start, unknown, mask, separator, classify (an id each), ends (a list of ids), control (names with "
    "ids)";

[[noreturn]] void refuse(const Config& at, const std::string& why) {
  throw Error("E_TOKENIZER_VOCABULARY", at.place(), why, kHint);
}

std::string shown(const Config& value) { return printable(write_json(value, 0), 60); }

std::int32_t id_of(const Config& value) {
  if (value.kind() != Config::Kind::integer) {
    refuse(value, "the id of a special token is a whole number, not " + shown(value));
  }
  if (value.integer() < 0 || value.integer() > std::numeric_limits<std::int32_t>::max()) {
    refuse(value, std::to_string(value.integer()) + " is no id of a token");
  }
  return static_cast<std::int32_t>(value.integer());
}

}  // namespace

Specials Specials::standard() {
  Specials specials;
  specials.pad = 0;
  specials.start = 1;
  specials.ends = {2};
  specials.unknown = 3;
  return specials;
}

bool Specials::is_end(std::int32_t id) const noexcept { return std::find(ends.begin(), ends.end(), id) != ends.end(); }

std::vector<std::int32_t> Specials::ids() const {
  std::vector<std::int32_t> all = ends;
  for (const auto& [name, member] : kOnes) all.push_back(this->*member);
  for (const auto& [name, id] : control) all.push_back(id);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  if (!all.empty() && all.front() == -1) all.erase(all.begin());
  return all;
}

Config Specials::to_config() const {
  Config config = Config::object();
  for (const auto& [name, member] : kOnes) {
    if (this->*member >= 0) config.put(name, this->*member);
  }
  if (!ends.empty()) {
    Config list = Config::array();
    for (const std::int32_t id : ends) list.append(id);
    config.put("ends", std::move(list));
  }
  if (!control.empty()) {
    Config named = Config::object();
    for (const auto& [name, id] : control) named.put(name, id);
    config.put("control", std::move(named));
  }
  return config;
}

Specials Specials::from_config(const Config& config) {
  if (!config.is_object()) refuse(config, "the special tokens are an object, not " + shown(config));
  Specials specials;
  for (const auto& [key, value] : config.members()) {
    const std::string& name = key;
    const auto* const one = std::find_if(kOnes.begin(), kOnes.end(), [&](const One& is) { return is.first == name; });
    if (one != kOnes.end()) {
      specials.*(one->second) = id_of(value);
    } else if (name == "ends") {
      if (!value.is_array()) refuse(value, "ends is a list of ids, not " + shown(value));
      for (const Config& id : value.items()) specials.ends.push_back(id_of(id));
    } else if (name == "control") {
      if (!value.is_object()) refuse(value, "control is an object, not " + shown(value));
      for (const auto& [control, id] : value.members()) specials.control.emplace(control, id_of(id));
    } else {
      refuse(value, "'" + printable(name, 60) + "' is no kind of special token");
    }
  }
  return specials;
}

}  // namespace strata
