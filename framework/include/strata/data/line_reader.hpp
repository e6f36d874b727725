// LineReader: lines of text from outside, checked and counted, in bounded memory.
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
  static constexpr std::int64_t kMaxLine = std::int64_t{1} << 26;  // 64 MiB: a longer line is no line of text

  // Opens a file ("-" is standard input); one that gzip packed is unpacked while it is read. Throws E_DATA_MISSING,
  // E_IO_READ when it cannot be read, or E_USAGE_INPUT when standard input was opened before.
  explicit LineReader(const std::string& path);
  // Reads from a stream that outlives the reader; `name` stands in error places.
  LineReader(std::istream& stream, std::string name);
  ~LineReader();

  // The next line without its LF, CR LF or, on line 1, byte order mark. False at the end. Throws E_DATA_UTF8 with
  // file:line and the byte's column, E_DATA_LINE for a line above kMaxLine, E_IO_READ.
  bool next(std::string& line);
  // True when next() has to wait for the file or the pipe: all that was read so far has been handed out.
  bool drained() const;

  std::int64_t line() const noexcept { return line_; }  // number of the line last read, from 1
  std::string place() const;                            // "file:line" of the line last read
  // One counted line each for carriage returns and a byte order mark that were removed.
  std::vector<std::string> warnings() const;

 private:
  std::unique_ptr<std::istream> file_;
  std::istream* stream_;
  std::string name_;
  std::int64_t line_ = 0, carriage_returns_ = 0;
  bool byte_order_mark_ = false;
};

// Lines of a file, counted as LineReader would, with nothing kept. Throws E_DATA_MISSING, E_IO_READ.
STRATA_API std::int64_t count_lines(const std::string& path);

}  // namespace strata
