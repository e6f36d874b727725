// SHA-256 as FIPS 180-4 writes it.
#include "strata/core/sha256.hpp"

#include <cstdio>
#include <cstring>
#include <memory>

#include "core/file_errors.hpp"
#include "core/sha256_block.hpp"

namespace strata {

void Sha256::block(const std::uint8_t* bytes) noexcept { detail::sha256_block(state_.data(), bytes); }

void Sha256::update(const void* data, std::size_t size) noexcept {
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  std::size_t held = size_ % 64;
  size_ += size;
  if (held != 0) {
    const std::size_t taken = std::min(size, 64 - held);
    std::memcpy(pending_.data() + held, bytes, taken);
    held += taken, bytes += taken, size -= taken;
    if (held < 64) return;
    block(pending_.data());
  }
  for (; size >= 64; bytes += 64, size -= 64) block(bytes);
  if (size != 0) std::memcpy(pending_.data(), bytes, size);
}

std::string Sha256::hex() {
  const std::uint64_t bits = size_ * 8;
  const std::uint8_t first = 0x80, zero = 0;
  update(&first, 1);
  while (size_ % 64 != 56) update(&zero, 1);
  std::array<std::uint8_t, 8> length;
  for (unsigned i = 0; i < 8; ++i) length[i] = static_cast<std::uint8_t>(bits >> (56U - 8U * i));
  update(length.data(), length.size());
  std::string out;
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const std::uint32_t word : state_) {
    for (int shift = 28; shift >= 0; shift -= 4) out += kDigits[(word >> static_cast<unsigned>(shift)) & 15U];
  }
  return out;
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes.data(), bytes.size());
  return hash.hex();
}

std::string sha256_file(const std::string& path) {
  Sha256 hash;
  detail::read_blocks(path, [&](const char* data, std::size_t size) { hash.update(data, size); });
  return hash.hex();
}

}  // namespace strata
