// Log: one line each on standard error, thread safe; data never goes there, nor logs to standard output.
#pragma once

#include <functional>
#include <string_view>

#include "strata/core/export.hpp"

namespace strata {

enum class LogLevel { error, warning, info, debug };  // each includes those before it

// "strata: warning: text"; info lines stand alone ("strata: text"). Control bytes are escaped.
STRATA_API void log(LogLevel level, std::string_view text) noexcept;
inline void log_error(std::string_view text) noexcept { log(LogLevel::error, text); }
inline void log_warning(std::string_view text) noexcept { log(LogLevel::warning, text); }
inline void log_info(std::string_view text) noexcept { log(LogLevel::info, text); }
inline void log_debug(std::string_view text) noexcept { log(LogLevel::debug, text); }

// Default: info. --quiet is `error`.
STRATA_API void set_log_level(LogLevel level) noexcept;
STRATA_API LogLevel log_level() noexcept;

// Whether standard error is a terminal that wants colour: NO_COLOR unset or empty, TERM not "dumb".
STRATA_API bool color_wanted() noexcept;

// Takes the lines instead of standard error (tests, progress bars that must first clear their line); an empty function
// gives standard error back. Called with the log's lock held: it must not log.
using LogSink = std::function<void(LogLevel level, std::string_view line)>;
STRATA_API LogSink set_log_sink(LogSink sink);

}  // namespace strata
