// GzipStream: a gzip file as a stream of what it holds. Private to libstrata.
#pragma once

#include <memory>
#include <string>

#include "data/text_stream.hpp"

namespace strata::detail {

// Whether the file begins as a gzip file does. False for pipes, which cannot be read twice. Throws E_IO_READ.
bool is_gzip(const std::string& path);

// Decompresses as it is read, 64 KiB at a time. What is damaged or cut makes the stream bad, and fault() says why.
class GzipStream final : public TextStream {
 public:
  // Throws E_IO_READ.
  explicit GzipStream(const std::string& path);
  ~GzipStream() override;
  std::string fault() const override;

 private:
  class Buffer;
  std::unique_ptr<Buffer> buffer_;
};

// Opens a file as a stream of what it holds: a gzip file unpacked, any other as it is. Throws E_DATA_MISSING,
// E_IO_READ.
std::unique_ptr<TextStream> open_unpacked(const std::string& path);

}  // namespace strata::detail
