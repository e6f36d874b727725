// PluginCall: one pointer a thread, and what to say of a foreign exception.
#include "strata/core/plugin_call.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <new>
#include <string>
#include <typeinfo>

#include "core/loaded_code.hpp"
#include "strata/core/error.hpp"

namespace strata {
namespace {

std::string type_in_flight() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  if (type == nullptr) return "an unknown type";
  int fault = 0;
  char* plain = abi::__cxa_demangle(type->name(), nullptr, nullptr, &fault);
  std::string name = fault == 0 && plain != nullptr ? plain : type->name();
  std::free(plain);
  return "type " + name;
}

}  // namespace

constinit thread_local const PluginCall* detail::innermost_call = nullptr;

void PluginCall::fail() const {
  const detail::LoadedCode* plugin = detail::code_at(code_);
  const auto foreign = [&](const std::string& what) {
    return Error("E_PLUGIN_CALL", plugin->file,
                 std::string(function_) + " of plugin " + plugin->name + " threw " + what);
  };
  try {
    throw;
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const abi::__forced_unwind&) {  // a thread that is being ended; it must go on
    throw;
  } catch (const std::exception& fault) {
    if (plugin == nullptr) throw;
    throw foreign(std::string("an exception: ") + fault.what());
  } catch (...) {
    if (plugin == nullptr) throw;
    throw foreign("something of " + type_in_flight() + ", which is no exception class");
  }
}

}  // namespace strata
