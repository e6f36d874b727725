// These functions read what all components of a tokenizer.json have: members that may be missing, a type by name,
// lists.
#pragma once

#include <strata/core/config.hpp>
#include <strata/core/error.hpp>

#include <string>
#include <string_view>

namespace hf {

// The member, or null when it is missing or null.
inline const strata::Config* given(const strata::Config& json, std::string_view name) {
  const strata::Config* found = json.find(name);
  return found == nullptr || found->is_null() ? nullptr : found;
}
// The member, or `fallback` when it is missing or null.
inline bool flag(const strata::Config& json, std::string_view name, bool fallback) {
  const strata::Config* found = given(json, name);
  return found == nullptr ? fallback : found->boolean();
}
inline std::string text_of(const strata::Config& json, std::string_view name, const char* fallback) {
  const strata::Config* found = given(json, name);
  return found == nullptr ? fallback : found->string();
}

// Throws E_TOKENIZER_COMPONENT: a component of this kind has a type that is not read. `known` names those that are.
[[noreturn]] inline void unknown_component(const strata::Config& json, const char* kind, const std::string& known) {
  throw strata::Error(
      "E_TOKENIZER_COMPONENT", json.place_of("type"),
      std::string("the ") + kind + " '" + strata::printable(json.at("type").string(), 60) + "' is not one that is read",
      "known: " + known);
}

// Calls `each` for a component that is there, or for each of a Sequence's, whose member `list` they are.
template <class Each>
void for_each_component(const strata::Config* component, const char* list, const Each& each) {
  if (component == nullptr) return;
  if (component->at("type") != strata::Config("Sequence")) return each(*component);
  for (const strata::Config& one : component->at(list).items()) for_each_component(&one, list, each);
}

}  // namespace hf
