// Standard output as the data channel: a failed write is an error, a reader that has gone away is not.
#pragma once

#include <string>
#include <string_view>

namespace strata::app {

// Thrown when the reader of standard output has closed it (strata ... | head): the process ends quietly.
struct PipeClosed {};

// Writes to standard output, buffered; throws E_IO_WRITE (a full disk) or PipeClosed.
void write_out(std::string_view text);

// Must be called before a verb ends: what is still buffered may be what does not fit.
void flush_out();

// For a column: filled up with blanks to `width`, with two at least between it and the next.
std::string padded(std::string text, std::size_t width);

// A number for people: two decimals.
std::string rounded(double value);

}  // namespace strata::app
