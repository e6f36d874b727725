// Standard output as the data channel: a failed write is an error, a reader that has gone away is not.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace strata::app {

// Thrown when the reader of standard output has closed it (strata ... | head): the process ends quietly.
struct PipeClosed {};

// Opens the standard descriptors that whoever started the program has closed, so that no file of a run gets the number
// of one and is written to by mistake. Reading and writing them stays an error.
void occupy_standard_descriptors();

// Adds to standard output, line by line on a terminal, else in blocks. Throws E_IO_WRITE (a full disk) or PipeClosed.
void write_out(std::string_view text);

// Writes what is buffered. Must be called before the program ends: it may be what does not fit.
void flush_out();

// For a column: filled up with blanks to `width`, with two at least between it and the next.
std::string padded(std::string text, std::size_t width);

// A number for people: two decimals.
std::string rounded(double value);

// Whether somebody types what is read and waits for each answer.
bool somebody_types(const std::string& input);

// The end of a verb that answered lines: warnings, then how many lines in what time, to the log.
void say_answered(std::int64_t lines, double seconds, const std::vector<std::string>& of_reader,
                  const std::vector<std::string>& of_answers);

}  // namespace strata::app
