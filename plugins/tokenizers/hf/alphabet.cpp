// Bytes as printable characters.
#include "alphabet.hpp"

#include <cstdint>
#include <unordered_map>

namespace hf {
namespace {

bool printable(int byte) { return (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174; }

// A code point below 0x800 as UTF-8.
std::string encoded(int code) {
  if (code < 0x80) return {static_cast<char>(code)};
  return {static_cast<char>(0xC0 | (code >> 6)), static_cast<char>(0x80 | (code & 0x3F))};
}

// The bytes that are not printable stand for the characters from U+0100 on, in their order.
struct Alphabet {
  std::array<unsigned char, 256> order{};
  std::array<std::string, 256> characters;
  std::unordered_map<std::string, unsigned char> bytes;

  Alphabet() {
    std::size_t at = 0;
    int next = 256;
    for (const bool wanted : {true, false}) {
      for (int byte = 0; byte < 256; ++byte) {
        if (printable(byte) != wanted) continue;
        order[at++] = static_cast<unsigned char>(byte);
        characters[static_cast<std::size_t>(byte)] = encoded(wanted ? byte : next++);
      }
    }
    for (std::size_t byte = 0; byte < 256; ++byte) bytes[characters[byte]] = static_cast<unsigned char>(byte);
  }
};

const Alphabet& alphabet() {
  static const Alphabet one;
  return one;
}

}  // namespace

const std::array<unsigned char, 256>& ordered_bytes() { return alphabet().order; }

std::string to_characters(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) out += alphabet().characters[static_cast<unsigned char>(byte)];
  return out;
}

bool to_bytes(std::string_view characters, std::string& bytes) {
  bytes.clear();
  for (std::size_t at = 0; at < characters.size();) {
    const std::size_t length = static_cast<unsigned char>(characters[at]) < 0x80 ? 1 : 2;
    const auto found = alphabet().bytes.find(std::string(characters.substr(at, length)));
    if (found == alphabet().bytes.end()) return false;
    bytes += static_cast<char>(found->second);
    at += length;
  }
  return true;
}

}  // namespace hf
