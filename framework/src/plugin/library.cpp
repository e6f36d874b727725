// dlopen, dlsym and the call through the door.
#include "plugin/library.hpp"

#include <dlfcn.h>

#include <cstring>
#include <map>
#include <mutex>

#include "core/loaded_code.hpp"
#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"

namespace strata::detail {

std::string own_library() {
  Dl_info here{};
  if (dladdr(reinterpret_cast<const void*>(&default_registry), &here) == 0 || here.dli_fname == nullptr) return {};
  return here.dli_fname;
}

Library open_library(const std::string& real, const std::string& file, const std::string& sha256) {
  // dlopen goes by the path: once the file is another one it would still answer with what it has.
  static std::recursive_mutex mutex;                              // a plugin may load one of its own
  static auto& opened = *new std::map<std::string, std::string>;  // hash by path; never destroyed, like the libraries
  const std::lock_guard lock(mutex);
  if (const auto found = opened.find(real); found != opened.end() && found->second != sha256) {
    throw Error("E_PLUGIN_LOAD", file, "has changed since this process loaded it, and what is loaded stays",
                "start the program again");
  }
  void* handle = dlopen(real.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* why = dlerror();
    throw Error("E_PLUGIN_LOAD", file, std::string("cannot be loaded: ") + (why == nullptr ? "unknown reason" : why));
  }
  opened.emplace(real, sha256);
  const auto* descriptor = static_cast<const PluginDescriptor*>(dlsym(handle, "strata_plugin_v1"));
  // The file may have been replaced since it was read.
  if (descriptor == nullptr || std::memcmp(descriptor->magic, kPluginMagic, sizeof(kPluginMagic)) != 0 ||
      descriptor->struct_size != sizeof(PluginDescriptor) || descriptor->register_all == nullptr) {
    throw Error("E_PLUGIN_SYMBOL", file, "strata_plugin_v1 holds no registration");
  }
  note_code(descriptor, file, printable(descriptor->name) + " " + printable(descriptor->version));
  // Never unloaded: vtables, strings and threads of a plugin may be in use anywhere. The deleter says so.
  return {std::shared_ptr<void>(handle, [](void*) {}), descriptor};
}

void register_into(Registry& staged, const PluginDescriptor& descriptor, const std::string& file) {
  const auto failed = [&](const std::string& why) {
    return Error("E_PLUGIN_REGISTER", file, "its registration failed: " + why);
  };
  const PluginCall call("the registration", &descriptor);
  try {
    descriptor.register_all(staged);
  } catch (const Error& fault) {
    if (fault.code().rfind("E_PLUGIN_", 0) == 0) throw;  // a duplicate or a bad name: it names the file already
    throw failed(fault.what());
  } catch (const std::exception& fault) {
    throw failed(fault.what());
  } catch (...) {
    throw failed("it threw something that is no exception class");
  }
}

}  // namespace strata::detail
