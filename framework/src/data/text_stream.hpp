// TextStream: text from outside, as a stream that says why it went bad. Private to libstrata.
#pragma once

#include <array>
#include <istream>
#include <streambuf>
#include <string>

namespace strata::detail {

class TextStream : public std::istream {
 public:
  TextStream() : std::istream(nullptr) {}
  // Why the stream is bad; empty while it is good.
  virtual std::string fault() const = 0;
};

// The bytes behind a descriptor, 64 KiB at a time. Nothing stands between it and read(2): an error of the system makes
// the stream bad, and never looks like the end of the text.
class DescriptorStream final : public TextStream {
 public:
  // Opens a file. Throws E_IO_READ.
  explicit DescriptorStream(const std::string& path);
  // Standard input, which is never closed.
  DescriptorStream();
  ~DescriptorStream() override;
  std::string fault() const override { return buffer_.fault; }

 private:
  struct Buffer final : std::streambuf {
    int descriptor = 0;
    std::string fault;
    std::array<char, 65536> block;
    int_type underflow() override;
  };
  Buffer buffer_;
};

}  // namespace strata::detail
