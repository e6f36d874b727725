// The alphabet of GPT-2's files: each byte as a printable character, so that a token is a word of a text file.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace hf {

// Returns the bytes in the order of GPT-2's ids: those that are printable in Latin-1 first, then the rest.
const std::array<unsigned char, 256>& ordered_bytes();
// Writes bytes as characters: a space becomes U+0120. The result is valid UTF-8.
std::string to_characters(std::string_view bytes);
// The reverse. Returns false when `characters` has one that stands for no byte.
bool to_bytes(std::string_view characters, std::string& bytes);

}  // namespace hf
