// Options declared once: one `visit` per struct serves parsing, checking, help and dump, through one OptionVisitor.
//
//   struct Options {
//     double lr = 1e-3;
//     Kind kind = Kind::mean;
//     Slot<Schedule> schedule{"constant"};
//     void visit(auto& option) {
//       option("lr", lr, "step size").above(0).max(10);
//       option("kind", kind, "how to reduce", {{"mean", Kind::mean}, {"sum", Kind::sum}});
//       option("schedule", schedule, "of the step size");
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
  std::string name, type, help;
  Config fallback;  // the default; null when there is none
  bool required = false;
  std::optional<double> low, high;
  bool low_open = false, high_open = false;  // the bound itself is not allowed
  std::vector<std::string> choices;
  std::string role;               // of a nested component, else empty
  std::vector<OptionInfo> group;  // of a nested plain struct
  std::string allowed() const;    // "0 < lr <= 10", "mean, sum", or empty
  Config to_config() const;       // as the manifest holds it
  static OptionInfo from_config(const Config& config);
};

// The nested component of an Options struct: its spec ({"type": name, ...} or just the name), made when the owner knows
// the shape. Slot<Role> (plugin/slot.hpp) adds the type.
class STRATA_API SlotBase {
 public:
  explicit operator bool() const noexcept { return !spec_.is_null(); }
  const Config& spec() const noexcept { return spec_; }
  std::string type() const;  // the component's name; empty for an empty slot
  std::string_view role() const noexcept { return role_; }

 protected:
  friend class OptionVisitor;
  explicit SlotBase(std::string_view role) : role_(role) {}
  // A component's name, or a JSON object; either is the program's own text, so its source is "default".
  SlotBase(std::string_view role, std::string_view spec);
  // The registry that parsed this slot, else the process's own. Throws E_CONFIG_MISSING when the slot is empty.
  Registry& registry() const;

  std::string_view role_;  // Role::kRole: static storage
  Config spec_;
  Registry* registry_ = nullptr;
};

// What `option(...)` returns: restricts the option just declared. Limits hold for each element of a list.
class STRATA_API Option {
 public:
  explicit Option(OptionInfo* info) : info_(info) {}
  Option& range(double low, double high) { return min(low).max(high); }
  Option& min(double low);
  Option& max(double high);
  Option& above(double low);   // > low
  Option& below(double high);  // < high
  Option& one_of(std::initializer_list<std::string_view> choices);
  Option& required();  // no default: must be given

 private:
  OptionInfo* info_;  // null while parsing or dumping
};

template <class T>
concept OptionGroup = std::is_class_v<T> && requires(T& group, OptionVisitor& visitor) {
  group.visit(visitor);
};

class STRATA_API OptionVisitor {
 public:
  OptionVisitor();  // lists what is declared; use options() afterwards
  ~OptionVisitor();
  OptionVisitor(const OptionVisitor&) = delete;
  OptionVisitor& operator=(const OptionVisitor&) = delete;

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
