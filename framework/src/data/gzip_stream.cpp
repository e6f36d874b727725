// GzipStream over zlib.
#include "data/gzip_stream.hpp"

#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "strata/core/error.hpp"

namespace strata::detail {

bool is_gzip(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return false;
  std::ifstream file(path, std::ios::binary);
  char magic[2] = {};
  return file.read(magic, 2) && magic[0] == '\x1f' && magic[1] == '\x8b';
}

class GzipStream::Buffer final : public std::streambuf {
 public:
  explicit Buffer(const std::string& path) : file_(gzopen(path.c_str(), "rb")) {
    if (file_ == nullptr) throw Error("E_IO_READ", path, std::string("cannot be opened: ") + std::strerror(errno));
  }
  ~Buffer() override { gzclose_r(file_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  std::string fault() const {
    int code = Z_OK;
    const char* text = gzerror(file_, &code);
    if (code == Z_OK || code == Z_STREAM_END) return {};
    return code == Z_ERRNO ? std::strerror(errno) : text;
  }

 protected:
  // What throws here makes the stream bad.
  int_type underflow() override {
    const int count = gzread(file_, block_.data(), static_cast<unsigned>(block_.size()));
    if (count > 0) {
      setg(block_.data(), block_.data(), block_.data() + count);
      return traits_type::to_int_type(block_[0]);
    }
    if (!fault().empty()) throw std::runtime_error("gzip");
    return traits_type::eof();
  }

 private:
  gzFile file_;
  std::array<char, 65536> block_;
};

GzipStream::GzipStream(const std::string& path) : std::istream(nullptr), buffer_(std::make_unique<Buffer>(path)) {
  rdbuf(buffer_.get());
}

GzipStream::~GzipStream() = default;

std::string GzipStream::fault() const { return buffer_->fault(); }

}  // namespace strata::detail
