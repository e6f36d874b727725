// The descriptor of a plugin, read from its file and compared with this host before anything of it runs.
#include <sys/stat.h>

#include <cstring>

#include "core/file_errors.hpp"
#include "plugin/elf_file.hpp"
#include "plugin/header.hpp"
#include "strata/core/error.hpp"
#include "strata/core/file.hpp"
#include "strata/plugin/host.hpp"
#include "strata/plugin/plugin.hpp"

namespace strata {
namespace {

// What every version of the descriptor begins with.
constexpr std::size_t kFront = offsetof(PluginDescriptor, register_all);

// More than any library has; a file with holes may claim any size, and all of it would be read.
constexpr off_t kMostBytes = off_t{1} << 31U;

std::string text_of(const char* array, std::size_t room) { return std::string(array, strnlen(array, room)); }

}  // namespace

std::string detail::read_library(const std::string& file) {
  struct stat status = {};
  if (stat(file.c_str(), &status) != 0) throw Error("E_PLUGIN_FILE", file, "cannot be found: " + system_reason());
  // Opening a pipe would wait for its other end.
  if (!S_ISREG(status.st_mode)) throw Error("E_PLUGIN_FILE", file, "is no regular file", "a plugin is a .so");
  if (status.st_size > kMostBytes) {
    throw Error("E_PLUGIN_FILE", file,
                "has " + std::to_string(status.st_size) + " bytes, at most " + std::to_string(kMostBytes) + " are read",
                "a plugin is a .so");
  }
  try {
    return read_file(file);
  } catch (const Error& fault) {
    throw Error("E_PLUGIN_FILE", file, fault.message(), fault.hint());
  }
}

PluginHeader detail::parse_header(std::string_view bytes, const std::string& file) {
  const std::string_view symbol = ElfFile(bytes, file).symbol("strata_plugin_v1");
  if (symbol.empty()) {
    throw Error("E_PLUGIN_SYMBOL", file, "is a library, but no Strata plugin: it does not export strata_plugin_v1",
                "STRATA_PLUGIN(name, version, register) at the end of one source");
  }
  if (symbol.size() < kFront) {
    throw Error("E_PLUGIN_SYMBOL", file,
                "strata_plugin_v1 has " + std::to_string(symbol.size()) + " bytes, at least " + std::to_string(kFront) +
                    " are needed");
  }
  PluginDescriptor front{};
  std::memcpy(&front, symbol.data(), kFront);
  if (std::memcmp(front.magic, kPluginMagic, sizeof(kPluginMagic)) != 0) {
    throw Error("E_PLUGIN_SYMBOL", file, "strata_plugin_v1 is not made by STRATA_PLUGIN: its first bytes differ");
  }
  PluginHeader out;
  out.api = front.api;
  out.size = front.struct_size;
  out.held = symbol.size();
  out.abi = text_of(front.abi, sizeof(front.abi));
  out.name = text_of(front.name, sizeof(front.name));
  out.version = text_of(front.version, sizeof(front.version));
  return out;
}

PluginHeader read_plugin_header(const std::string& file) {
  return detail::parse_header(detail::read_library(file), file);
}

void check_plugin_header(const PluginHeader& header, const std::string& file) {
  if (header.api != kPluginApi) {
    throw Error(
        "E_PLUGIN_VERSION", file,
        "is built for plugin API " + std::to_string(header.api) + ", this host has " + std::to_string(kPluginApi),
        "build it against Strata " + std::string(version()));
  }
  if (header.abi != kAbiTag) {
    throw Error("E_PLUGIN_ABI", file,
                "is built for \"" + header.abi + "\", this host is \"" + std::string(kAbiTag) + "\"",
                "build it against Strata " + std::string(version()));
  }
  if (header.size != sizeof(PluginDescriptor) || header.held < sizeof(PluginDescriptor)) {
    throw Error("E_PLUGIN_VERSION", file,
                "its descriptor says " + std::to_string(header.size) + " bytes and has " + std::to_string(header.held) +
                    ", wanted are " + std::to_string(sizeof(PluginDescriptor)));
  }
  const bool plain = header.name == printable(header.name) && header.name.find('/') == std::string::npos;
  if (header.name.empty() || header.name.front() == '.' || !plain || header.version != printable(header.version)) {
    throw Error("E_PLUGIN_NAME", file, "\"" + header.name + "\" is no plain name of a plugin");
  }
}

}  // namespace strata
