// Config: typed reads with places.
#include "strata/core/config.hpp"

#include <algorithm>
#include <charconv>

#include "strata/core/error.hpp"
#include "strata/core/json.hpp"

namespace strata {
namespace {

constexpr std::int64_t kRoot = -2;  // index_ of a whole source: *base_ is "recipe.json:"

std::string shown(const Config& value) {
  if (value.is_array() || value.is_object() || value.is_null()) return std::string(value.kind_name());
  return std::string(value.kind_name()) + " " + write_json(value, 0);
}

[[noreturn]] void wrong_kind(const Config& value, std::string_view wanted) {
  throw Error("E_CONFIG_TYPE", value.place(), "expects " + std::string(wanted) + ", got " + shown(value));
}

// JSON pointer (RFC 6901): '~' and '/' of a key are escaped.
std::string pointer_part(std::string_view key) {
  std::string out = "/";
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

Config Config::array(Items items) {
  Config out;
  out.value_ = std::move(items);
  return out;
}

Config Config::object(Members members) {
  Config out;
  out.value_ = std::move(members);
  return out;
}

std::string_view Config::kind_name() const noexcept {
  switch (kind()) {
    case Kind::boolean: return "the boolean";
    case Kind::integer: return "the integer";
    case Kind::real: return "the number";
    case Kind::string: return "the string";
    case Kind::array: return "a list";
    case Kind::object: return "an object";
    case Kind::null: break;
  }
  return "null";
}

bool Config::boolean() const {
  if (const auto* value = std::get_if<bool>(&value_)) return *value;
  wrong_kind(*this, "true or false");
}

std::int64_t Config::integer() const {
  if (const auto* value = std::get_if<std::int64_t>(&value_)) return *value;
  // 1e6 and 2.0 are integers to a person; what a double holds exactly is taken.
  if (const auto* value = std::get_if<double>(&value_)) {
    if (*value >= -0x1p53 && *value <= 0x1p53 && static_cast<double>(static_cast<std::int64_t>(*value)) == *value) {
      return static_cast<std::int64_t>(*value);
    }
  }
  wrong_kind(*this, "an integer");
}

double Config::real() const {
  if (const auto* value = std::get_if<double>(&value_)) return *value;
  if (const auto* value = std::get_if<std::int64_t>(&value_)) return static_cast<double>(*value);
  wrong_kind(*this, "a number");
}

const std::string& Config::string() const {
  if (const auto* value = std::get_if<std::string>(&value_)) return *value;
  wrong_kind(*this, "a string");
}

const Config::Items& Config::items() const {
  if (const auto* value = std::get_if<Items>(&value_)) return *value;
  wrong_kind(*this, "a list");
}

const Config::Members& Config::members() const {
  if (const auto* value = std::get_if<Members>(&value_)) return *value;
  wrong_kind(*this, "an object");
}

const Config* Config::find(std::string_view name) const {
  for (const auto& member : members()) {
    if (member.first == name) return &member.second;
  }
  return nullptr;
}

const Config& Config::at(std::string_view name) const {
  if (const Config* member = find(name)) return *member;
  throw Error("E_CONFIG_MISSING", place_of(name), "is missing");
}

const Config* Config::find_path(std::string_view path) const {
  const Config* node = this;
  while (node != nullptr) {
    const std::size_t dot = path.find('.');
    const std::string_view part = path.substr(0, dot);
    if (node->is_object()) {
      node = node->find(part);
    } else if (node->is_array()) {
      std::size_t index = 0;
      const auto [end, fault] = std::from_chars(part.data(), part.data() + part.size(), index);
      const Items& list = node->items();
      const bool inside = fault == std::errc() && end == part.data() + part.size() && index < list.size();
      node = inside ? &list[index] : nullptr;
    } else {
      node = nullptr;
    }
    if (dot == std::string_view::npos) return node;
    path.remove_prefix(dot + 1);
  }
  return nullptr;
}

std::string Config::place() const {
  if (!base_) return {};
  if (index_ == kRoot) return base_->substr(0, base_->size() - 1);
  return index_ < 0 ? *base_ : *base_ + "/" + std::to_string(index_);
}

std::string Config::place_of(std::string_view name) const {
  if (!base_) return std::string(name);
  return (index_ == kRoot ? *base_ : place()) + pointer_part(name);
}

Config Config::empty_member(std::string_view name) const {
  Config out = object();
  if (base_) out.set_place(std::make_shared<const std::string>(place_of(name)), -1);
  return out;
}

std::string Config::source() const {
  if (!base_) return {};
  if (index_ == kRoot) return place();
  return base_->substr(0, base_->find(":/"));
}

void Config::set_place(std::shared_ptr<const std::string> base, std::int64_t index) {
  base_ = std::move(base);
  index_ = index;
}

void Config::set_source(std::string_view source) {
  const std::string base = std::string(source) + ":";
  set_place(std::make_shared<const std::string>(base), kRoot);
  place_below(base);
}

// base: this value's own place, or "source:" at the root.
void Config::place_below(std::string_view base) {
  if (auto* list = std::get_if<Items>(&value_)) {
    const auto shared = std::make_shared<const std::string>(base);
    for (std::size_t i = 0; i < list->size(); ++i) {
      (*list)[i].set_place(shared, static_cast<std::int64_t>(i));
      (*list)[i].place_below((*list)[i].place());
    }
  } else if (auto* object = std::get_if<Members>(&value_)) {
    for (auto& member : *object) {
      const auto own = std::make_shared<const std::string>(std::string(base) + pointer_part(member.first));
      member.second.set_place(own, -1);
      member.second.place_below(*own);
    }
  }
}

void Config::put(std::string_view name, Config value) {
  if (is_null()) value_ = Members{};
  auto* object = std::get_if<Members>(&value_);
  if (object == nullptr) wrong_kind(*this, "an object");
  const auto same = [&](const auto& member) { return member.first == name; };
  const auto found = std::find_if(object->begin(), object->end(), same);
  if (found != object->end()) {
    found->second = std::move(value);
  } else {
    object->emplace_back(std::string(name), std::move(value));
  }
}

void Config::append(Config item) {
  if (is_null()) value_ = Items{};
  auto* list = std::get_if<Items>(&value_);
  if (list == nullptr) wrong_kind(*this, "a list");
  list->push_back(std::move(item));
}

bool Config::erase(std::string_view name) {
  auto* object = std::get_if<Members>(&value_);
  if (object == nullptr) wrong_kind(*this, "an object");
  return std::erase_if(*object, [&](const auto& member) { return member.first == name; }) != 0;
}

bool Config::operator==(const Config& other) const { return value_ == other.value_; }

}  // namespace strata
