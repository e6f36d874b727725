// Probes: a library's first loading, in a child process, remembered until its file changes.
#pragma once

#include <string>

#include "strata/core/config.hpp"

namespace strata::detail {

class Probes {
 public:
  // E_PLUGIN_PROBE when the library crashes, ends the process, does not return within five seconds, or keeps the
  // process from ending well afterwards; what its registration throws is thrown as it is. `real` is the canonical path,
  // `file` what messages call it.
  void check(const std::string& real, const std::string& file);

 private:
  void read();
  void remember(const std::string& real, const Config& entry);

  bool read_ = false, warned_ = false;
  Config known_ = Config::object();  // by path: size and time of the file, the library that asked, the verdict
};

}  // namespace strata::detail
