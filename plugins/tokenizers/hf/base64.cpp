// Base64 (RFC 4648).
#include "base64.hpp"

#include <cstdint>

namespace hf {

bool from_base64(std::string_view text, std::string& bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  bytes.clear();
  std::uint32_t word = 0;
  int bits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '=') return i + 2 >= text.size() && !bytes.empty();
    const std::size_t digit = kDigits.find(text[i]);
    if (digit == std::string_view::npos) return false;
    word = word << 6U | static_cast<std::uint32_t>(digit);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(word >> static_cast<unsigned>(bits) & 0xFFU);
  }
  return !bytes.empty();
}

}  // namespace hf
