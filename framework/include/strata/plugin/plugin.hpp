// The plugin descriptor: the only symbol that a plugin exports. It is plain data, which the host reads from the file
// before it runs any code of the plugin.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "strata/core/export.hpp"
#include "strata/core/version.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/plugin/slot.hpp"

namespace strata {

// The first bytes of a descriptor, by which the host recognises it.
inline constexpr char kPluginMagic[8] = {'S', 'T', 'R', 'A', 'T', 'A', 'P', '\n'};

#define STRATA_DETAIL_TEXT2(x) #x
#define STRATA_DETAIL_TEXT(x) STRATA_DETAIL_TEXT2(x)

// The properties of the compiler and the standard library that must be the same in a plugin and its host.
inline constexpr std::string_view kAbiTag =
#if defined(_LIBCPP_VERSION)
    "libc++ abi" STRATA_DETAIL_TEXT(_LIBCPP_ABI_VERSION)
#elif defined(_GLIBCXX_USE_CXX11_ABI) && _GLIBCXX_USE_CXX11_ABI
    "libstdc++ cxx11"
#else
    "libstdc++ old-strings"
#endif
#if defined(_GLIBCXX_DEBUG)
        " debug-containers"
#else
    " plain-containers"
#endif
#if defined(__x86_64__)
        " x86_64"
#elif defined(__aarch64__)
    " aarch64"
#else
    " other-architecture"
#endif
        " strata-abi" STRATA_DETAIL_TEXT(STRATA_ABI);

// The descriptor of a plugin. It is plain data only, so that an older or newer host can read its first members.
struct PluginDescriptor {
  char magic[8];                    // kPluginMagic
  std::uint32_t struct_size;        // size of this struct when the plugin was built
  std::uint32_t api;                // kPluginApi
  char abi[96];                     // kAbiTag; each text ends with a zero byte
  char name[64];                    // first argument of STRATA_PLUGIN
  char version[32];                 // second argument of STRATA_PLUGIN
  void (*register_all)(Registry&);  // registers the components; its address is known only after loading
};
static_assert(sizeof(PluginDescriptor) == 208 + sizeof(void*));

// Makes a descriptor at compile time. Compilation fails when the name or the version is empty or too long.
consteval PluginDescriptor describe_plugin(std::string_view name, std::string_view version,
                                           void (*register_all)(Registry&)) {
  PluginDescriptor out{};
  const auto copy = [](std::string_view text, char* into, std::size_t room) {
    if (text.empty() || text.size() >= room) throw "name or version of the plugin is empty or too long";
    for (std::size_t i = 0; i < text.size(); ++i) into[i] = text[i];
  };
  for (std::size_t i = 0; i < sizeof(kPluginMagic); ++i) out.magic[i] = kPluginMagic[i];
  out.struct_size = sizeof(PluginDescriptor);
  out.api = kPluginApi;
  copy(kAbiTag, out.abi, sizeof(out.abi));
  copy(name, out.name, sizeof(out.name));
  copy(version, out.version, sizeof(out.version));
  out.register_all = register_all;
  return out;
}

}  // namespace strata

// STRATA_PLUGIN("name", "0.1.0", [](strata::Registry& r) { r.add<Role, T>("name", "one line"); });
// Defines the descriptor of a plugin; it stands once in a plugin, at global scope.
#define STRATA_PLUGIN(NAME, VERSION, ...)                                  \
  extern "C" STRATA_API const ::strata::PluginDescriptor strata_plugin_v1; \
  constinit const ::strata::PluginDescriptor strata_plugin_v1 = ::strata::describe_plugin(NAME, VERSION, __VA_ARGS__)
