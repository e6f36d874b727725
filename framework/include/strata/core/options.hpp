// Options: a struct declares its options once, in a function `visit`, from which parsing, checks, help and dump follow.
//
//   struct Options {
//     double lr = 1e-3;
//     Kind kind = Kind::mean;
//     Slot<Schedule> schedule{"constant"};
//     void visit(auto& option) {
//       option("lr", lr, "step size").above(0).max(10);
//       option("kind", kind, "way of reducing", {{"mean", Kind::mean}, {"sum", Kind::sum}});
//       option("schedule", schedule, "course of the step size");
//     }
//   };
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "strata/core/config.hpp"
#include "strata/core/export.hpp"

namespace strata {

class Registry;
class OptionVisitor;

// The description of one option, which `strata plugins show` prints and a plugin's manifest records.
struct STRATA_API OptionInfo {
  std::string name, type, help;     // type: "int", "optional real", "list of string", "choice", "component", ...
  Config fallback;                  // default value; null when there is none
  bool required = false;            // true when a recipe must give the option
  std::optional<double> low, high;  // bounds of a number, or of each element of a list
  bool low_open = false, high_open = false;  // true when the bound itself is not allowed
  std::vector<std::string> choices;          // allowed texts; empty: any text
  std::string role;                          // role of a nested component, else empty
  std::vector<OptionInfo> group;             // options of a nested plain struct, or of each in a list of them
  std::string allowed() const;               // allowed values in words: "0 < lr <= 10", "one of: mean, sum", or empty
  Config to_config() const;                  // the description as a manifest records it
  // Reads what to_config() wrote; throws E_CONFIG_MISSING and E_CONFIG_TYPE.
  static OptionInfo from_config(const Config& config);
};

// A nested component in an Options struct. It holds the spec of the component ({"type": name, ...} or the name alone);
// the owner makes the component later, when it knows the sizes. Slot<Role> (plugin/slot.hpp) adds the type of the role.
class STRATA_API SlotBase {
 public:
  // True when the slot names a component.
  explicit operator bool() const noexcept { return !spec_.is_null(); }
  // {"type": name, ...options}, with the places of what the user wrote; null when nothing is given.
  const Config& spec() const noexcept { return spec_; }
  std::string type() const;  // the component's name; empty for an empty slot
  // The role of the components that fit into this slot.
  std::string_view role() const noexcept { return role_; }
  // For a model that passes its own options on to its parts. has_option() tells whether the component has an option of
  // this name, chosen() returns the value that the spec gives it, or null when that is the component's default, as
  // completed recipes have it, and put() replaces the value. has_option() and chosen() throw E_CONFIG_COMPONENT for an
  // unknown component.
  bool has_option(std::string_view option) const;
  const Config* chosen(std::string_view option) const;
  void put(std::string_view option, const Config& value) { spec_.put(option, value); }

 protected:
  friend class OptionVisitor;
  // An empty slot.
  explicit SlotBase(std::string_view role) : role_(role) {}
  // `spec` is a component's name or a JSON object. It is a default in the program, so the source of its values is
  // "default".
  SlotBase(std::string_view role, std::string_view spec);
  // The registry that parsed this slot, or default_registry() when none did. Throws E_CONFIG_MISSING when the slot is
  // empty.
  Registry& registry() const;

  std::string_view role_;         // Role::kRole: static storage
  Config spec_;                   // null: empty
  Registry* registry_ = nullptr;  // the one that parsed the slot; null: default_registry()
};

// The return value of `option(...)`, whose functions restrict the option just declared. For a list, limits apply to
// each element.
class STRATA_API Option {
 public:
  // `info` is the description that is restricted; it is null while values are read or written.
  explicit Option(OptionInfo* info) : info_(info) {}
  // Sets bounds of a number; the bounds themselves are allowed.
  Option& range(double low, double high) { return min(low).max(high); }
  Option& min(double low);
  Option& max(double high);
  Option& above(double low);   // > low
  Option& below(double high);  // < high
  // Allows only these texts for a string, or for each element of a list of strings.
  Option& one_of(std::initializer_list<std::string_view> choices);
  // The option has no default and must be given.
  Option& required();

 private:
  OptionInfo* info_;  // null while parsing or dumping
};

// A group of options: a plain struct that has a `visit` function.
template <class T>
concept OptionGroup = std::is_class_v<T> && requires(T& group, OptionVisitor& visitor) {
  group.visit(visitor);
};

// The argument of `visit`. Depending on its constructor it lists the declared options, reads their values from a
// Config, or writes them to one.
class STRATA_API OptionVisitor {
 public:
  // Lists the declared options; take_options() returns them afterwards.
  OptionVisitor();
  ~OptionVisitor();
  OptionVisitor(const OptionVisitor&) = delete;
  OptionVisitor& operator=(const OptionVisitor&) = delete;

  // Declares an option: its name in a recipe, the member that holds its value (the value at this moment is the default)
  // and one line of help. The option has the type of the member. An empty std::optional has no default.
  Option operator()(std::string_view name, bool& value, std::string_view help);
  Option operator()(std::string_view name, int& value, std::string_view help);
  Option operator()(std::string_view name, std::int64_t& value, std::string_view help);
  Option operator()(std::string_view name, double& value, std::string_view help);
  Option operator()(std::string_view name, std::string& value, std::string_view help);
  Option operator()(std::string_view name, std::optional<std::int64_t>& value, std::string_view help);
  Option operator()(std::string_view name, std::optional<double>& value, std::string_view help);
  Option operator()(std::string_view name, std::optional<std::string>& value, std::string_view help);
  Option operator()(std::string_view name, std::vector<std::int64_t>& value, std::string_view help);
  Option operator()(std::string_view name, std::vector<double>& value, std::string_view help);
  Option operator()(std::string_view name, std::vector<std::string>& value, std::string_view help);
  // An option that takes any JSON value.
  Option operator()(std::string_view name, Config& value, std::string_view help);
  Option operator()(std::string_view name, SlotBase& value, std::string_view help);

  // Declares an enumeration, with the names that recipes use for its values.
  template <class Enum>
  requires std::is_enum_v<Enum> Option
  operator()(std::string_view name, Enum& value, std::string_view help,
             std::initializer_list<std::pair<std::string_view, std::type_identity_t<Enum>>> names) {
    std::vector<std::string_view> table;
    std::size_t index = 0;
    for (const auto& entry : names) {
      if (entry.second == value) index = table.size();
      table.push_back(entry.first);
    }
    const Option option = choice(name, index, help, table);
    value = (names.begin() + index)->second;
    return option;
  }

  // Declares a group of options: a nested plain struct with its own `visit`.
  template <OptionGroup Group>
  requires(!std::derived_from<Group, SlotBase>) Option operator()(std::string_view name, Group& value,
                                                                  std::string_view help) {
    OptionVisitor inner(*this, name);
    if (mode_ == Mode::read) {
      Group described{};
      OptionVisitor lister;
      described.visit(lister);
      inner.expect(lister.take_options());
    }
    value.visit(inner);
    return finish_group(inner, name, help);
  }

  // Declares a list of nested components.
  template <std::derived_from<SlotBase> S>
  Option operator()(std::string_view name, std::vector<S>& value, std::string_view help) {
    std::vector<Config> specs;
    for (const S& slot : value) specs.push_back(slot.spec());
    const Option option = slots(name, specs, S().role(), help);
    if (mode_ == Mode::read) {
      value.assign(specs.size(), S());
      for (std::size_t i = 0; i < specs.size(); ++i) fill(value[i], specs[i]);
    }
    return option;
  }

  // Declares a list of groups of options.
  template <OptionGroup Group>
  requires(!std::derived_from<Group, SlotBase>) Option operator()(std::string_view name, std::vector<Group>& value,
                                                                  std::string_view help) {
    Group described{};
    OptionVisitor lister;
    described.visit(lister);
    const std::vector<OptionInfo> options = lister.take_options();
    if (mode_ == Mode::read) {
      const Config* from = given(name);
      if (from == nullptr) return Option(nullptr);
      value.clear();
      for (const Config& item : from->items()) {
        OptionVisitor reader(item, options, registry_, false);
        value.emplace_back().visit(reader);
      }
      return Option(nullptr);
    }
    Config list = Config::array();
    for (Group& one : value) {
      OptionVisitor inner = writer(registry_);
      one.visit(inner);
      list.append(inner.take_config());
    }
    return finish_groups(name, help, options, std::move(list));
  }

  // For the functions below and for Registry: a visitor that reads, and one that writes.
  // Reads the options from `from`; they must be among `expected`.
  OptionVisitor(const Config& from, std::vector<OptionInfo> expected, Registry* registry, bool component);
  // Writes the options to a Config, which take_config() returns.
  static OptionVisitor writer(Registry* registry);
  std::vector<OptionInfo> take_options() { return std::move(options_); }
  Config take_config() { return std::move(out_); }

 private:
  enum class Mode { list, read, write };
  struct Writer {};
  OptionVisitor(Writer, Registry* registry);
  OptionVisitor(const OptionVisitor& outer, std::string_view name);
  void expect(std::vector<OptionInfo> expected);
  template <class T>
  Option scalar(std::string_view name, T& value, std::string_view help);
  Option choice(std::string_view name, std::size_t& index, std::string_view help,
                const std::vector<std::string_view>& names);
  Option slots(std::string_view name, std::vector<Config>& specs, std::string_view role, std::string_view help);
  void fill(SlotBase& slot, const Config& spec) const;
  Option finish_group(OptionVisitor& inner, std::string_view name, std::string_view help);
  Option finish_groups(std::string_view name, std::string_view help, std::vector<OptionInfo> options, Config list);
  Option declare(std::string_view name, std::string type, std::string_view help, Config fallback);
  const OptionInfo& info(std::string_view name) const;
  const Config* given(std::string_view name) const;  // E_CONFIG_MISSING when required and absent
  Config checked_spec(const Config& spec, std::string_view role) const;

  Mode mode_ = Mode::list;
  std::vector<OptionInfo> options_;  // mode list: the declared options; mode read: the expected options
  Config from_, out_;
  Registry* registry_ = nullptr;
  bool component_ = false;
};

// Reads an Options struct from a Config. Throws, with the place, E_CONFIG_UNKNOWN for an unknown name (with the nearest
// known one), E_CONFIG_TYPE for a value of the wrong type, E_CONFIG_RANGE for a value that is not allowed and
// E_CONFIG_MISSING for a required option that is not given. Nested components are checked through `registry`. When
// `component` is true, the member "type" is the name of the component and not an option.
template <class T>
T parse_options(const Config& config, Registry* registry = nullptr, bool component = false) {
  T described{};
  OptionVisitor lister;
  described.visit(lister);
  T value{};
  OptionVisitor reader(config, lister.take_options(), registry, component);
  value.visit(reader);
  return value;
}

// Returns the descriptions of all options of a struct with their defaults, in the order of `visit`.
template <class T>
std::vector<OptionInfo> describe_options() {
  T value{};
  OptionVisitor lister;
  value.visit(lister);
  return lister.take_options();
}

// Returns all options of a struct with their current values. With a registry, the options of nested components are
// filled in as well.
template <class T>
Config dump_options(T value, Registry* registry = nullptr) {
  OptionVisitor writer = OptionVisitor::writer(registry);
  value.visit(writer);
  return writer.take_config();
}

}  // namespace strata
