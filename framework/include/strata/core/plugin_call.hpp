// in_plugin: a call of a function that a plugin's author wrote. Whatever it throws becomes an error that names plugin
// and function, and ProcessWatch names them when the function crashes or ends the process.
#pragma once

#include <cstring>
#include <memory>
#include <type_traits>
#include <utility>

#include "strata/core/export.hpp"

namespace strata {

class PluginCall;

namespace detail {
// The innermost call of this thread. In the thread's static block, so that a call costs two stores, and a signal
// handler reads it without asking the loader for memory.
extern STRATA_API constinit thread_local const PluginCall* innermost_call __attribute__((tls_model("initial-exec")));
}  // namespace detail

// A call in progress. The calls of a thread form a chain, from the innermost outwards.
class STRATA_API PluginCall {
 public:
  // function: a literal, as in "heads()"; it must live as long as the process. code: an address inside of the library
  // that the function belongs to.
  PluginCall(const char* function, const void* code) noexcept
      : function_(function), code_(code), outer_(detail::innermost_call) {
    detail::innermost_call = this;
  }
  ~PluginCall() { detail::innermost_call = outer_; }
  PluginCall(const PluginCall&) = delete;
  PluginCall& operator=(const PluginCall&) = delete;

  // For a handler of exceptions: throws E_PLUGIN_CALL in place of what is being handled. Error and std::bad_alloc pass
  // as they are, and so does everything when `code` belongs to no plugin.
  [[noreturn]] void fail() const;

  const char* function() const noexcept { return function_; }  // as given
  const void* code() const noexcept { return code_; }          // as given
  const PluginCall* outer() const noexcept { return outer_; }  // the call around this one; null: none

 private:
  const char* function_;
  const void* code_;
  const PluginCall* outer_;
};

// The table of virtual functions of an object lies in the library that defines its class.
template <class Object>
requires std::is_polymorphic_v<Object>
const void* code_of(const Object& object) noexcept {
  const void* table = nullptr;
  std::memcpy(&table, static_cast<const void*>(std::addressof(object)), sizeof(table));
  return table;
}

// Runs `body`, which calls `function` of `object`, and returns what it returns.
template <class Object, class Body>
decltype(auto) in_plugin(const char* function, const Object& object, Body&& body) {
  const PluginCall call(function, code_of(object));
  try {
    return std::forward<Body>(body)();
  } catch (...) {
    call.fail();
  }
}

// The same for a function that a plugin gave by its address: a kernel, a part of an op.
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
