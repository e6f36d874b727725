// Standard output as the data channel: a failed write is an error, a reader that has gone away is not.
#include "output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

#include "strata/core/error.hpp"
#include "strata/core/log.hpp"

namespace strata::app {
namespace {

constexpr std::size_t kBlock = 65536;

// The text that is not yet written. It is not stdio's buffer: the C++ streams flush that one, too, and forget how it
// went.
std::string& pending() {
  static std::string text;
  return text;
}

[[noreturn]] void refuse(int reason) {
  if (reason == EPIPE) throw PipeClosed{};
  throw Error("E_IO_WRITE", "standard output", std::generic_category().message(reason),
              "what was written so far is incomplete");
}

void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t done = write(STDOUT_FILENO, text.data(), text.size());
    if (done >= 0) {
      text.remove_prefix(static_cast<std::size_t>(done));
    } else if (errno == EAGAIN) {  // another program has made the terminal or the pipe one that does not wait
      pollfd one{STDOUT_FILENO, POLLOUT, 0};
      (void)poll(&one, 1, -1);
    } else if (errno != EINTR) {
      refuse(errno);
    }
  }
}

}  // namespace

void occupy_standard_descriptors() {
  for (const int one : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(one, F_GETFD) >= 0) continue;
    (void)open("/dev/null", one == STDIN_FILENO ? O_WRONLY : O_RDONLY);  // the lowest number that is free: this one
  }
}

void write_out(std::string_view text) {
  static const bool terminal = isatty(STDOUT_FILENO) == 1;
  pending() += text;
  if (pending().size() >= kBlock || (terminal && pending().ends_with('\n'))) flush_out();
}

void flush_out() {
  const std::string text = std::move(pending());
  pending().clear();  // what cannot be written is not tried again
  write_all(text);
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

void say_answered(std::int64_t lines, double seconds, const std::vector<std::string>& of_reader,
                  const std::vector<std::string>& of_answers) {
  for (const std::string& warning : of_reader) log_warning(warning);
  for (const std::string& warning : of_answers) log_warning(warning);
  log_info(std::to_string(lines) + " lines in " + rounded(seconds) + " s, " +
           rounded(seconds > 0 ? static_cast<double>(lines) / seconds : 0) + " lines/s");
}

}  // namespace strata::app
