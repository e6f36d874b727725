// Standard output as the data channel: a failed write is an error, a reader that has gone away is not.
#include "output.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "strata/core/error.hpp"

namespace strata::app {
namespace {

[[noreturn]] void refuse(int reason) {
  if (reason == EPIPE) throw PipeClosed{};
  throw Error("E_IO_WRITE", "standard output", std::strerror(reason), "what was written so far is incomplete");
}

}  // namespace

void write_out(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) refuse(errno);
}

void flush_out() {
  if (std::fflush(stdout) != 0) refuse(errno);
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size() + 2, width), ' ');
  return text;
}

std::string rounded(double value) {
  char digits[64];
  std::snprintf(digits, sizeof digits, "%.2f", value);
  return digits;
}

}  // namespace strata::app
