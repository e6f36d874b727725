// Slot<Role>: a nested component of an Options struct.
#pragma once

#include <memory>
#include <string_view>

#include "strata/core/options.hpp"
#include "strata/plugin/registry.hpp"

namespace strata {

// The name of a role. A header that only declares the class of a role specialises it.
template <class Role>
struct RoleName {
  static constexpr std::string_view value = Role::kRole;
};

template <class Role>
class Slot : public SlotBase {
 public:
  // An empty slot, for an option that may be left out or is .required().
  Slot() : SlotBase(RoleName<Role>::value) {}
  // A slot with a default: the name of a component, or a JSON object.
  Slot(const char* spec) : SlotBase(RoleName<Role>::value, spec) {}

  // Makes the component. Throws what Registry::make() throws, and E_CONFIG_MISSING when the slot is empty.
  template <class R = Role>
  std::shared_ptr<R> make(const FactsOf<R>& facts = {}) const {
    return registry().template make<R>(spec(), facts);
  }
};

}  // namespace strata
