// What the host's tests share: the built plugins, a fresh host each time, a folder of its own.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "host/plugins/role.hpp"
#include "strata/core/file.hpp"
#include "strata/core/json.hpp"
#include "strata/plugin/host.hpp"
#include "throws.hpp"

namespace host_test {

namespace fs = std::filesystem;

inline std::string built(const std::string& name) {
  return std::string(STRATA_BINARY_DIR) + "/tests/host/plugins/" + name + "/" + name + ".so";
}

struct Fresh {
  strata::Registry registry;
  strata::PluginHost host{registry};

  // Other plugins still load, and work.
  void check_alive() {
    host.load(built("hello"));
    BOOST_TEST(registry.make<Greeter>("hello", {.whom = "you"})->greet() == "hello you");
  }
};

struct Folder {
  fs::path path = fs::temp_directory_path() / ("strata_host_test_" + std::to_string(getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
  std::string operator/(const std::string& name) const { return (path / name).string(); }
  // A built plugin with its manifest, under its own name.
  void copy(const std::string& name) const {
    for (const char* end : {".so", ".plugin.json"}) {
      const fs::path from = fs::path(built(name)).replace_extension(end);
      if (fs::exists(from)) fs::copy_file(from, path / from.filename(), fs::copy_options::overwrite_existing);
    }
  }
};

// What is remembered of plugins goes into a folder of the test's own.
struct Memory {
  Folder folder;
  std::string before = std::getenv("XDG_CACHE_HOME") == nullptr ? "" : std::getenv("XDG_CACHE_HOME");
  Memory() { setenv("XDG_CACHE_HOME", folder.path.c_str(), 1); }
  ~Memory() { before.empty() ? unsetenv("XDG_CACHE_HOME") : setenv("XDG_CACHE_HOME", before.c_str(), 1); }
  std::string file() const { return folder / "strata/probes.json"; }
};

}  // namespace host_test
