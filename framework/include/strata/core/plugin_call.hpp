// in_plugin: wraps a call of a function of a plugin. An exception of the function becomes an error that names the
// plugin and the function, and ProcessWatch names them when the function crashes or ends the process.
#pragma once

#include <cstring>
#include <memory>
#include <type_traits>
#include <utility>

#include "strata/core/export.hpp"

namespace strata {

class PluginCall;

namespace detail {
// The innermost call of this thread. It is in the static thread-local storage, so that entering and leaving a call
// costs one store each, and a signal handler can read it without an allocation by the loader.
extern STRATA_API constinit thread_local const PluginCall* innermost_call __attribute__((tls_model("initial-exec")));
}  // namespace detail

// A call in progress. The calls of a thread form a chain, from the innermost outwards.
class STRATA_API PluginCall {
 public:
  // function: the name in messages, a literal like "heads()", which must live as long as the process. code: any address
  // in the library to which the function belongs.
  PluginCall(const char* function, const void* code) noexcept
      : function_(function), code_(code), outer_(detail::innermost_call) {
    detail::innermost_call = this;
  }
  ~PluginCall() { detail::innermost_call = outer_; }
  PluginCall(const PluginCall&) = delete;
  PluginCall& operator=(const PluginCall&) = delete;

  // To be called in a catch block: throws E_PLUGIN_CALL instead of the exception that is being handled. It rethrows the
  // exception itself when that is an Error or std::bad_alloc, or when `code` belongs to no plugin.
  [[noreturn]] void fail() const;

  const char* function() const noexcept { return function_; }  // name given to the constructor
  const void* code() const noexcept { return code_; }          // address given to the constructor
  const PluginCall* outer() const noexcept { return outer_; }  // call around this one; null: none

 private:
  const char* function_;
  const void* code_;
  const PluginCall* outer_;
};

// Returns an address in the library that defines the class of `object`: that of its table of virtual functions.
template <class Object>
requires std::is_polymorphic_v<Object>
const void* code_of(const Object& object) noexcept {
  const void* table = nullptr;
  std::memcpy(&table, static_cast<const void*>(std::addressof(object)), sizeof(table));
  return table;
}

// Runs `body`, which calls `function` of `object`, and returns the result of `body`.
template <class Object, class Body>
decltype(auto) in_plugin(const char* function, const Object& object, Body&& body) {
  const PluginCall call(function, code_of(object));
  try {
    return std::forward<Body>(body)();
  } catch (...) {
    call.fail();
  }
}

// Calls a function of which a plugin gave the address, a kernel or a function of an Op, in the same way.
template <class Result, class... Given, class... Passed>
Result call_plugin(const char* name, Result (*function)(Given...), Passed&&... passed) {
  const PluginCall call(name, reinterpret_cast<const void*>(function));
  try {
    return function(std::forward<Passed>(passed)...);
  } catch (...) {
    call.fail();
  }
}

}  // namespace strata
