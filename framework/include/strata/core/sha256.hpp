// SHA-256 (FIPS 180-4): checksums in checkpoints, hashes of plugins.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "strata/core/export.hpp"

namespace strata {

// A sum that grows with each update().
class STRATA_API Sha256 {
 public:
  void update(const void* data, std::size_t size) noexcept;  // adds bytes at the end
  std::string hex();                                         // 64 lower-case digits; nothing may be added afterwards

 private:
  void block(const std::uint8_t* bytes) noexcept;

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::uint8_t, 64> pending_{};
  std::uint64_t size_ = 0;
};

// In one call: 64 lower-case digits.
STRATA_API std::string sha256_hex(std::string_view bytes);
STRATA_API std::string sha256_file(const std::string& path);  // E_IO_* when it cannot be read

}  // namespace strata
