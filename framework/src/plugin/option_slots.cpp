// Nested components in Options: reading, checking and dumping their specs.
#include <algorithm>
#include <utility>

#include "strata/core/error.hpp"
#include "strata/core/json.hpp"
#include "strata/core/options.hpp"
#include "strata/plugin/registry.hpp"

namespace strata {
namespace {

// {"type": name, ...} from what stands in the recipe: the name alone will do; without a type the default's is meant,
// and the default's options where nothing else is given.
Config whole_spec(const Config& given, const Config& fallback, std::string_view role) {
  if (given.is_null()) return given;
  if (given.is_string()) {
    Config out = Config::object({{"type", given}});
    return out;
  }
  if (given.find("type") != nullptr) {
    given.at("type").string();  // E_CONFIG_TYPE with its place
    return given;
  }
  if (fallback.is_null()) {
    throw Error("E_CONFIG_MISSING", given.place_of("type"), "is missing", "the name of a " + std::string(role));
  }
  Config out = fallback;
  for (const auto& member : given.members()) out.put(member.first, member.second);
  return out;
}

// A spec in a listing: the name alone when there is nothing else.
Config brief(const Config& spec) {
  if (spec.is_object() && spec.members().size() == 1) return spec.at("type");
  return spec;
}

}  // namespace

SlotBase::SlotBase(std::string_view role, std::string_view spec) : role_(role) {
  if (spec.empty()) return;
  spec_ = spec.front() == '{' ? parse_json(spec, "default") : Config::object({{"type", spec}});
  spec_.set_source("default");
}

std::string SlotBase::type() const { return spec_.is_null() ? std::string() : spec_.at("type").string(); }

bool SlotBase::has_option(std::string_view option) const {
  const ComponentInfo info = registry().component(role_, type());
  return std::any_of(info.options.begin(), info.options.end(),
                     [&](const OptionInfo& one) { return one.name == option; });
}

const Config* SlotBase::chosen(std::string_view option) const {
  const Config* given = spec_.find(option);
  if (given == nullptr) return nullptr;
  const Config defaults = registry().complete(role_, Config::object({{"type", type()}}));
  const Config* usual = defaults.find(option);
  return usual != nullptr && *usual == *given ? nullptr : given;
}

Registry& SlotBase::registry() const {
  if (spec_.is_null()) {
    throw Error("E_CONFIG_MISSING", spec_.place(), "no " + std::string(role_) + " is given",
                "{\"type\": NAME}; `strata plugins show " + std::string(role_) + "` lists them");
  }
  return registry_ != nullptr ? *registry_ : default_registry();
}

Config OptionVisitor::checked_spec(const Config& spec, std::string_view role) const {
  if (!spec.is_null() && registry_ != nullptr) registry_->complete(role, spec);  // throws what is wrong inside
  return spec;
}

void OptionVisitor::fill(SlotBase& slot, const Config& spec) const {
  slot.spec_ = spec;
  slot.registry_ = registry_;
}

Option OptionVisitor::operator()(std::string_view name, SlotBase& value, std::string_view help) {
  if (mode_ == Mode::list) {
    const Option option = declare(name, "component", help, brief(value.spec_));
    options_.back().role = value.role_;
    return option;
  }
  if (mode_ == Mode::write) {
    const bool whole = registry_ != nullptr && !value.spec_.is_null();
    out_.put(name, whole ? registry_->complete(value.role_, value.spec_) : value.spec_);
    return Option(nullptr);
  }
  const Config* from = given(name);
  Config spec = from == nullptr ? value.spec_ : whole_spec(*from, value.spec_, value.role_);
  if (spec.is_null() && info(name).required) {
    throw Error("E_CONFIG_MISSING", from_.place_of(name), "is missing", info(name).help);
  }
  fill(value, checked_spec(spec, value.role_));
  return Option(nullptr);
}

Option OptionVisitor::slots(std::string_view name, std::vector<Config>& specs, std::string_view role,
                            std::string_view help) {
  if (mode_ == Mode::list) {
    Config fallback = Config::array();
    for (const Config& spec : specs) fallback.append(brief(spec));
    const Option option = declare(name, "list of components", help, std::move(fallback));
    options_.back().role = role;
    return option;
  }
  if (mode_ == Mode::write) {
    Config list = Config::array();
    for (const Config& spec : specs) list.append(registry_ != nullptr ? registry_->complete(role, spec) : spec);
    out_.put(name, std::move(list));
    return Option(nullptr);
  }
  if (const Config* from = given(name)) {
    specs.clear();
    for (const Config& item : from->items()) {
      if (item.is_null()) item.string();  // a hole in the list: E_CONFIG_TYPE
      specs.push_back(whole_spec(item, Config(), role));
    }
  }
  for (const Config& spec : specs) checked_spec(spec, role);
  return Option(nullptr);
}

}  // namespace strata
