// GzipStream over zlib.
#include "data/gzip_stream.hpp"

#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "strata/core/error.hpp"

namespace strata::detail {

bool is_gzip(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return false;
  DescriptorStream file(path);
  char magic[2] = {};
  file.read(magic, 2);
  if (file.bad()) throw Error("E_IO_READ", path, "cannot be read: " + file.fault());
  return file && magic[0] == '\x1f' && magic[1] == '\x8b';
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
    return code == Z_ERRNO ? reason_ : "the gzip file is damaged (" + std::string(text) + ")";
  }

 protected:
  // What throws here makes the stream bad.
  int_type underflow() override {
    errno = 0;
    const int count = gzread(file_, block_.data(), static_cast<unsigned>(block_.size()));
    if (count > 0) {
      setg(block_.data(), block_.data(), block_.data() + count);
      return traits_type::to_int_type(block_[0]);
    }
    reason_ = std::strerror(errno);
    if (!fault().empty()) throw std::runtime_error("gzip");
    return traits_type::eof();
  }

 private:
  gzFile file_;
  std::string reason_;  // of the system
  std::array<char, 65536> block_;
};

GzipStream::GzipStream(const std::string& path) : buffer_(std::make_unique<Buffer>(path)) { rdbuf(buffer_.get()); }

GzipStream::~GzipStream() = default;

std::string GzipStream::fault() const { return buffer_->fault(); }

std::unique_ptr<TextStream> open_unpacked(const std::string& path) {
  std::error_code ignored;
  const auto status = std::filesystem::status(path, ignored);
  if (!std::filesystem::exists(status)) {
    throw Error("E_DATA_MISSING", path, "there is no such file", "paths are relative to the current folder");
  }
  if (std::filesystem::is_directory(status)) throw Error("E_IO_READ", path, "is a folder, not a file");
  if (is_gzip(path)) return std::make_unique<GzipStream>(path);
  return std::make_unique<DescriptorStream>(path);
}

}  // namespace strata::detail
