// ByteReader: reads a binary file piece by piece in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "strata/core/export.hpp"

namespace strata {

class STRATA_API ByteReader {
 public:
  // Opens a file. A gzip file is decompressed while it is read. Throws E_DATA_MISSING, or E_IO_READ when the file
  // cannot be read.
  explicit ByteReader(const std::string& path);
  ~ByteReader();
  ByteReader(ByteReader&&) noexcept;
  ByteReader& operator=(ByteReader&&) noexcept;

  // Fills `into` with the next bytes and returns how many there were: fewer than `into` holds only where the file ends.
  // Throws E_IO_READ for an error of the system and for a gzip file that is damaged or cut short.
  std::size_t read(std::span<std::uint8_t> into);
  // Number of bytes that were returned so far; those of a gzip file are counted as they are when unpacked.
  std::uint64_t position() const noexcept { return position_; }

 private:
  struct Source;
  std::unique_ptr<Source> source_;
  std::string path_;
  std::uint64_t position_ = 0;
};

}  // namespace strata
