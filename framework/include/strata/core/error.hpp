// Error: the exception type of Strata and its plugins. Its message is one line with a code, the place and a hint.
#pragma once

#include <exception>
#include <string>
#include <string_view>

#include "strata/core/export.hpp"

namespace strata {

// The exit codes of the program.
enum class Exit : int {
  ok = 0,
  usage = 2,
  config = 3,
  data = 4,
  model = 5,
  plugin = 6,
  device = 7,
  io = 8,
  diverged = 9,
  memory = 10,
  peer = 11,
  internal = 70,
  stopped = 75,
};

// An error with a code of the form E_FAMILY_DETAIL (E_CONFIG_RANGE, E_DATA_UNEQUAL, ...). The family decides the exit
// code: E_USAGE 2, E_CONFIG 3, E_DATA and E_TOKENIZER 4, E_MODEL and E_CHECKPOINT 5, E_PLUGIN 6, E_DEVICE 7, E_IO 8,
// E_DIVERGED 9, E_MEMORY 10, E_PEER 11, E_STOPPED 75, anything else (E_SHAPE, E_INTERNAL, ...) 70.
class STRATA_API Error : public std::exception {
 public:
  // place: where the fault is, in the user's terms (file:/path/in/json, file:line, [op]); may be empty. message: what
  // is wrong, with the actual values. hint: what the user can do about it; may be empty.
  Error(std::string code, std::string place, std::string message, std::string hint = {});
  ~Error() override;

  // The parts as they were given.
  const std::string& code() const noexcept { return code_; }
  const std::string& place() const noexcept { return place_; }
  const std::string& message() const noexcept { return message_; }
  const std::string& hint() const noexcept { return hint_; }
  // The exit code of the program for this error.
  Exit exit() const noexcept;

  // The whole error as one line: "error[E_CONFIG_RANGE] recipe.json:/train/lr: inf is not finite (allowed: 0 < lr <=
  // 10)". Control bytes in it are escaped.
  const char* what() const noexcept override { return line_.c_str(); }

 private:
  std::string code_, place_, message_, hint_, line_;
};

// Makes text from outside safe for one line of a terminal: control bytes and invalid UTF-8 become \xNN, and a text of
// more than `limit` bytes is cut and ends with "...".
STRATA_API std::string printable(std::string_view text, std::size_t limit = 200);

}  // namespace strata
