// A tool of ours in a child process: spawned, never forked, in a process group of its own, so that what it spawns ends
// with it. It speaks on a pipe, so that a plugin's own words are not taken for its.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "strata/core/export.hpp"

namespace strata::detail {

class STRATA_API Child {
 public:
  enum class Output {
    nowhere,  // what it prints is lost
    errors    // it goes to this process's standard error
  };
  // E_IO_READ when the tool cannot be run.
  Child(const std::string& tool, const std::vector<std::string>& arguments, Output output);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Appends to `words` what the child has said meanwhile; returns when it has said something, has ended, or `until` is
  // there. False once it has ended and all that it said has been read.
  bool listen(std::string& words, std::chrono::steady_clock::time_point until);
  // Ends what is left of it and of what it has spawned. The status of waitpid; none when it had not ended by itself.
  std::optional<int> end();

 private:
  pid_t process_ = 0;
  int words_ = -1;
  bool ended_ = false;  // by itself
};

// The file of a tool beside libstrata: "strata-probe".
STRATA_API std::string tool_file(const std::string& name);

// "crashed: signal 11 (Segmentation fault)", "ended the process with exit code 0"; of the status of waitpid.
STRATA_API std::string ending_text(int status);

}  // namespace strata::detail
