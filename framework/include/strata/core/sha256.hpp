// SHA-256 (FIPS 180-4): checksums in checkpoints, hashes of plugins.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "strata/core/export.hpp"

namespace strata {

// A checksum of bytes that come in parts.
class STRATA_API Sha256 {
 public:
  void update(const void* data, std::size_t size) noexcept;  // adds bytes to those summed so far
  std::string hex();  // the checksum as 64 lower-case digits; call it once, at the end

 private:
  void block(const std::uint8_t* bytes) noexcept;

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::uint8_t, 64> pending_{};
  std::uint64_t size_ = 0;
};

// The checksum of a text or a file as 64 lower-case digits.
STRATA_API std::string sha256_hex(std::string_view bytes);
// Throws E_IO_* when the file cannot be read.
STRATA_API std::string sha256_file(const std::string& path);

}  // namespace strata
