// TokenFile: ids, then the ends of documents, then a footer of fixed size.
#include "data/token_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/file_errors.hpp"
#include "strata/core/error.hpp"

namespace strata::detail {
namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 20U;
constexpr std::int64_t kWideFrom = 65536;

struct Footer {
  char magic[8];
  std::int64_t width, size, documents;
  char fingerprint[64];
};
constexpr char kMagic[8] = {'S', 'T', 'R', 'T', 'O', 'K', '0', '1'};

bool read_at(int descriptor, void* out, std::size_t count, std::int64_t offset) {
  auto* at = static_cast<char*>(out);
  while (count > 0) {
    const ssize_t got = pread(descriptor, at, count, offset);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    offset += got;
    count -= static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace

TokenFile::~TokenFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

std::unique_ptr<TokenFile> TokenFile::open(const std::string& path) {
  std::unique_ptr<TokenFile> file(new TokenFile);
  file->descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file->descriptor_ < 0) return nullptr;
  struct stat status {};
  Footer footer{};
  if (fstat(file->descriptor_, &status) != 0 || status.st_size < static_cast<off_t>(sizeof footer)) return nullptr;
  const std::int64_t end = status.st_size - static_cast<std::int64_t>(sizeof footer);
  if (!read_at(file->descriptor_, &footer, sizeof footer, end)) return nullptr;
  const bool sane = std::memcmp(footer.magic, kMagic, sizeof kMagic) == 0 && (footer.width == 2 || footer.width == 4) &&
                    footer.size >= 0 && footer.size <= end && footer.documents >= 0 && footer.documents <= end &&
                    footer.size * footer.width + footer.documents * 8 == end;
  if (!sane) return nullptr;
  file->size_ = footer.size;
  file->width_ = footer.width;
  file->fingerprint_.assign(footer.fingerprint, sizeof footer.fingerprint);
  file->ends_.resize(static_cast<std::size_t>(footer.documents));
  if (!read_at(file->descriptor_, file->ends_.data(), file->ends_.size() * 8, footer.size * footer.width))
    return nullptr;
  return file;
}

void TokenFile::read(std::int64_t begin, std::span<std::int32_t> out) const {
  bool done = true;
  if (width_ == 4) {
    done = read_at(descriptor_, out.data(), out.size() * 4, begin * 4);
  } else {
    std::vector<std::uint16_t> narrow(out.size());
    done = read_at(descriptor_, narrow.data(), narrow.size() * 2, begin * 2);
    std::copy(narrow.begin(), narrow.end(), out.begin());
  }
  if (!done) throw Error("E_IO_READ", "[tokens]", "the file of token ids cannot be read: " + system_reason());
}

TokenFileWriter::TokenFileWriter(std::string path, std::int64_t vocabulary)
    : file_(std::move(path)), width_(vocabulary <= kWideFrom ? 2 : 4) {
  buffer_.reserve(kBuffer + 4);
}

TokenFileWriter::~TokenFileWriter() = default;

void TokenFileWriter::add(std::span<const std::int32_t> ids) {
  for (const std::int32_t id : ids) {
    const auto wide = static_cast<std::uint32_t>(id);
    for (std::int64_t byte = 0; byte < width_; ++byte) buffer_.push_back(static_cast<char>(wide >> (8 * byte)));
    if (buffer_.size() >= kBuffer) flush();
  }
  size_ += static_cast<std::int64_t>(ids.size());
}

void TokenFileWriter::flush() {
  file_.write(buffer_.data(), buffer_.size());
  buffer_.clear();
}

void TokenFileWriter::commit(const std::string& fingerprint) {
  flush();
  Footer footer{};
  std::memcpy(footer.magic, kMagic, sizeof kMagic);
  footer.width = width_;
  footer.size = size_;
  footer.documents = static_cast<std::int64_t>(ends_.size());
  std::memcpy(footer.fingerprint, fingerprint.data(), std::min(fingerprint.size(), sizeof footer.fingerprint));
  file_.write(ends_.data(), ends_.size() * 8);
  file_.write(&footer, sizeof footer);
  file_.commit();
}

}  // namespace strata::detail
