// LineReader: reads a text file line by line in bounded memory, and checks that it is valid UTF-8.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "strata/core/export.hpp"

namespace strata {

class STRATA_API LineReader {
 public:
  static constexpr std::int64_t kMaxLine = std::int64_t{1} << 26;  // longest line in bytes: 64 MiB

  // Opens a file; "-" is standard input. A gzip file is decompressed while it is read. Throws E_DATA_MISSING, E_IO_READ
  // when the file cannot be read, or E_USAGE_INPUT when standard input was opened before.
  explicit LineReader(const std::string& path);
  // Reads from a stream, which must outlive the reader. `name` is the file name in error messages.
  LineReader(std::istream& stream, std::string name);
  ~LineReader();

  // Reads the next line, without its line end (LF or CR LF) and, on line 1, without a byte order mark. Returns false at
  // the end. Throws E_DATA_UTF8 with file:line and the column of the invalid byte, E_DATA_LINE for a line longer than
  // kMaxLine, and E_IO_READ.
  bool next(std::string& line);
  // True when next() would have to read from the file or the pipe, because all buffered lines have been returned.
  bool drained() const;

  // Number of the line that was read last, from 1.
  std::int64_t line() const noexcept { return line_; }
  // The place "file:line" of the line that was read last.
  std::string place() const;
  // Reports removed carriage returns (with their number) and a removed byte order mark, one line each.
  std::vector<std::string> warnings() const;

 private:
  std::unique_ptr<std::istream> file_;
  std::istream* stream_;
  std::string name_;
  std::int64_t line_ = 0, carriage_returns_ = 0;
  bool byte_order_mark_ = false;
};

// Returns the number of lines that a LineReader would read from a file. Throws E_DATA_MISSING, E_IO_READ.
STRATA_API std::int64_t count_lines(const std::string& path);

}  // namespace strata
