// ByteReader over the streams that LineReader reads from.
#include "strata/data/byte_reader.hpp"

#include "data/gzip_stream.hpp"
#include "strata/core/error.hpp"

namespace strata {

struct ByteReader::Source {
  std::unique_ptr<detail::TextStream> stream;
};

ByteReader::ByteReader(const std::string& path)
    : source_(std::make_unique<Source>(Source{detail::open_unpacked(path)})), path_(path) {}
ByteReader::~ByteReader() = default;
ByteReader::ByteReader(ByteReader&&) noexcept = default;
ByteReader& ByteReader::operator=(ByteReader&&) noexcept = default;

std::size_t ByteReader::read(std::span<std::uint8_t> into) {
  detail::TextStream& stream = *source_->stream;
  stream.read(reinterpret_cast<char*>(into.data()), static_cast<std::streamsize>(into.size()));
  const auto count = static_cast<std::size_t>(stream.gcount());
  position_ += count;
  if (stream.bad()) {
    throw Error("E_IO_READ", path_, "cannot be read past byte " + std::to_string(position_) + ": " + stream.fault());
  }
  return count;
}

}  // namespace strata
