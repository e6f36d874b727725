// Options declared once: one `visit` per struct serves parsing, checking, help and dump, through one OptionVisitor.
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

// What `strata plugins show` prints about one option, and what a manifest records.
struct STRATA_API OptionInfo {
  std::string name, type, help;     // type: "int", "optional real", "list of string", "choice", "component", ...
  Config fallback;                  // the default; null when there is none
  bool required = false;            // has to be given
  std::optional<double> low, high;  // bounds, of each element of a list
  bool low_open = false, high_open = false;  // the bound itself is not allowed
  std::vector<std::string> choices;          // the only texts that are allowed; empty: any
  std::string role;                          // of a nested component, else empty
  std::vector<OptionInfo> group;             // of a nested plain struct
  std::string allowed() const;               // "0 < lr <= 10", "one of: mean, sum", or empty
  Config to_config() const;                  // as the manifest holds it
  // Reads what to_config() wrote; throws E_CONFIG_MISSING and E_CONFIG_TYPE.
  static OptionInfo from_config(const Config& config);
};

// The nested component of an Options struct: its spec ({"type": name, ...} or just the name), made when the owner knows
// the shape. Slot<Role> (plugin/slot.hpp) adds the type.
class STRATA_API SlotBase {
 public:
  // Whether a component is given.
  explicit operator bool() const noexcept { return !spec_.is_null(); }
  // {"type": name, ...options}, with the places of what the user wrote; null when nothing is given.
  const Config& spec() const noexcept { return spec_; }
  std::string type() const;  // the component's name; empty for an empty slot
  // The role whose components fit.
  std::string_view role() const noexcept { return role_; }

 protected:
  friend class OptionVisitor;
  // An empty slot.
  explicit SlotBase(std::string_view role) : role_(role) {}
  // A component's name, or a JSON object; either is the program's own text, so its source is "default".
  SlotBase(std::string_view role, std::string_view spec);
  // The registry that parsed this slot, else the process's own. Throws E_CONFIG_MISSING when the slot is empty.
  Registry& registry() const;

  std::string_view role_;         // Role::kRole: static storage
  Config spec_;                   // null: empty
  Registry* registry_ = nullptr;  // the one that parsed the slot; null: the process's own
};

// What `option(...)` returns: restricts the option just declared. Limits hold for each element of a list.
class STRATA_API Option {
 public:
  // `info` is restricted; null while values are read or written.
  explicit Option(OptionInfo* info) : info_(info) {}
  // Bounds of a number, themselves allowed.
  Option& range(double low, double high) { return min(low).max(high); }
  Option& min(double low);
  Option& max(double high);
  Option& above(double low);   // > low
  Option& below(double high);  // < high
  // The only texts that a string, or an element of a list, may be.
  Option& one_of(std::initializer_list<std::string_view> choices);
  Option& required();  // no default: must be given

 private:
  OptionInfo* info_;  // null while parsing or dumping
};

// A plain struct with a `visit` of its own: a group of options.
template <class T>
concept OptionGroup = std::is_class_v<T> && requires(T& group, OptionVisitor& visitor) {
  group.visit(visitor);
};

// What `visit` is called with: declares options, reads them from a Config or writes them to one, as it was made.
class STRATA_API OptionVisitor {
 public:
  OptionVisitor();  // lists what is declared; use options() afterwards
  ~OptionVisitor();
  OptionVisitor(const OptionVisitor&) = delete;
  OptionVisitor& operator=(const OptionVisitor&) = delete;

  // Declares an option: its name in a recipe, the member that holds it (whose value at this moment is the default) and
  // one line of help. The type of the member is that of the option; an optional that is empty has no default.
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
  Option operator()(std::string_view name, Config& value, std::string_view help);  // any JSON
  Option operator()(std::string_view name, SlotBase& value, std::string_view help);

  // An enumeration with the names that recipes use.
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

  // A nested plain struct with its own `visit`.
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

  // A list of nested components.
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

  // For the functions below and for Registry.
  OptionVisitor(const Config& from, std::vector<OptionInfo> expected, Registry* registry, bool component);  // reads
  static OptionVisitor writer(Registry* registry);                                                          // dumps
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
  Option declare(std::string_view name, std::string type, std::string_view help, Config fallback);
  const OptionInfo& info(std::string_view name) const;
  const Config* given(std::string_view name) const;  // E_CONFIG_MISSING when required and absent
  Config checked_spec(const Config& spec, std::string_view role) const;

  Mode mode_ = Mode::list;
  std::vector<OptionInfo> options_;  // list: what was declared; read: what is expected
  Config from_, out_;
  Registry* registry_ = nullptr;
  bool component_ = false;
};

// Reads an Options struct. Unknown names (nearest suggested), wrong types, values out of range and missing ones throw
// E_CONFIG_UNKNOWN, _TYPE, _RANGE, _MISSING with the place. Nested components are checked through `registry`.
// component: a "type" member is not an option but the component's name.
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

// Every option of a struct with its default, in the order of `visit`; reads nothing.
template <class T>
std::vector<OptionInfo> describe_options() {
  T value{};
  OptionVisitor lister;
  value.visit(lister);
  return lister.take_options();
}

// All options with their present values; with a registry, nested components with all of theirs.
template <class T>
Config dump_options(T value, Registry* registry = nullptr) {
  OptionVisitor writer = OptionVisitor::writer(registry);
  value.visit(writer);
  return writer.take_config();
}

}  // namespace strata
