// Standard output as the data channel: a failed write is an error, a reader that has gone away is not.
#include "output.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "strata/core/error.hpp"
#include "strata/core/log.hpp"

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

bool somebody_types(const std::string& input) { return input == "-" && isatty(STDIN_FILENO) != 0; }

void say_answered(const LineReport& report, const std::vector<std::string>& of_reader,
                  const std::vector<std::string>& of_answers) {
  for (const std::string& warning : of_reader) log_warning(warning);
  for (const std::string& warning : of_answers) log_warning(warning);
  log_info(std::to_string(report.lines) + " lines in " + rounded(report.seconds) + " s, " +
           rounded(report.seconds > 0 ? static_cast<double>(report.lines) / report.seconds : 0) + " lines/s");
}

}  // namespace strata::app
