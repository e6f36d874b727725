// Probes: a library's first loading, in a child process, and what is remembered of libraries between processes: the
// verdict of that, and which of them this user has named.
#pragma once

#include <string>
#include <vector>

#include "strata/core/config.hpp"
#include "strata/plugin/role.hpp"

namespace strata::detail {

class Probes {
 public:
  // E_PLUGIN_PROBE when the library crashes, ends the process, does not return within five seconds, or keeps the
  // process from ending well afterwards; what its registration throws is thrown as it is. `real` is the canonical path,
  // `file` what messages call it. The verdict is remembered until the file or libstrata changes.
  void check(const std::string& real, const std::string& file);

  // Remembers that the user has named this library; `bytes` is the SHA-256 of the whole file.
  void name(const std::string& real, const PluginInfo& info, const std::string& bytes);

  // A library that has been named before.
  struct Named {
    std::string real, bytes;  // as given to name()
  };
  // Those of the name and version whose PluginInfo::sha256, or whose SHA-256 of all bytes, is `record.sha256`.
  std::vector<Named> named(const PluginInfo& record);

 private:
  void read();
  void remember(const std::string& real, const Config& members);

  bool read_ = false, warned_ = false;
  bool trusted_ = true;  // nobody else can have written the file
  Config known_ =
      Config::object();  // by path: size and time of the file, the library that asked, the verdict; named ones
};

}  // namespace strata::detail
