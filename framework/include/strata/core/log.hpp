// Log: messages of one line each on standard error, from any thread. Results go to standard output, never to the log.
#pragma once

#include <functional>
#include <string_view>

#include "strata/core/export.hpp"

namespace strata {

// Each level includes those before it.
enum class LogLevel { error, warning, info, debug };

// Writes one line, "strata: warning: text" for example; a line of level info has no level name ("strata: text").
// Control bytes are escaped.
STRATA_API void log(LogLevel level, std::string_view text) noexcept;
inline void log_error(std::string_view text) noexcept { log(LogLevel::error, text); }
inline void log_warning(std::string_view text) noexcept { log(LogLevel::warning, text); }
inline void log_info(std::string_view text) noexcept { log(LogLevel::info, text); }
inline void log_debug(std::string_view text) noexcept { log(LogLevel::debug, text); }

// Lines above this level are not written. The default is info; `--quiet` sets error.
STRATA_API void set_log_level(LogLevel level) noexcept;
STRATA_API LogLevel log_level() noexcept;

// True when standard error is a terminal, NO_COLOR is unset or empty, and TERM is not "dumb".
STRATA_API bool color_wanted() noexcept;

// Sends all further lines to `sink` instead of standard error, for tests and for progress bars that must first clear
// their line; an empty function restores standard error. Returns the previous sink. The log is locked during the call,
// so a sink must not log.
using LogSink = std::function<void(LogLevel level, std::string_view line)>;
STRATA_API LogSink set_log_sink(LogSink sink);

}  // namespace strata
