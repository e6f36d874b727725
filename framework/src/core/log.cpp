// Log lines on standard error.
#include "strata/core/log.hpp"

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <utility>

#include "strata/core/error.hpp"

namespace strata {
namespace {

std::atomic<LogLevel> current_level{LogLevel::info};

struct Output {
  std::mutex mutex;
  LogSink sink;
};

// Never destroyed: plugins and threads may log while the process ends.
Output& output() {
  static auto* shared = new Output;
  return *shared;
}

std::string_view prefix(LogLevel level) {
  switch (level) {
    case LogLevel::error: return "error: ";
    case LogLevel::warning: return "warning: ";
    case LogLevel::debug: return "debug: ";
    case LogLevel::info: break;
  }
  return "";
}

}  // namespace

void log(LogLevel level, std::string_view text) noexcept {
  if (level > current_level.load(std::memory_order_relaxed)) return;
  try {
    std::string line = "strata: ";
    // An Error's own line already says that it is one.
    if (level != LogLevel::error || text.substr(0, 6) != "error[") line += prefix(level);
    line += printable(text, 4000);
    Output& out = output();
    const std::lock_guard lock(out.mutex);
    if (out.sink) {
      out.sink(level, line);
    } else {
      line += '\n';  // one write: lines of several processes do not mix
      std::fwrite(line.data(), 1, line.size(), stderr);
    }
  } catch (...) {
    // Out of memory while saying something: nothing better than silence is left.
  }
}

void set_log_level(LogLevel level) noexcept { current_level = level; }
LogLevel log_level() noexcept { return current_level; }

bool color_wanted() noexcept {
  const char* refused = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  if (refused != nullptr && *refused != '\0') return false;
  if (terminal != nullptr && std::string_view(terminal) == "dumb") return false;
  return isatty(STDERR_FILENO) == 1;
}

LogSink set_log_sink(LogSink sink) {
  Output& out = output();
  const std::lock_guard lock(out.mutex);
  return std::exchange(out.sink, std::move(sink));
}

}  // namespace strata
