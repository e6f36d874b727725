// The table of characters that a SentencePiece model brings along (normaliser "Precompiled").
#pragma once

#include <strata/core/config.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hf {

class Charsmap {
 public:
  // Reads the table from base64: the size of a trie in bytes (u32), the trie as a double array of u32, and texts that
  // end with a zero byte (SentencePiece, doc/normalization.md). Throws E_TOKENIZER_COMPONENT when it is damaged.
  explicit Charsmap(const strata::Config& json);

  // Replaces what the table has: whole graphemes of less than 6 bytes, else single characters.
  std::string normalised(std::string_view text) const;

 private:
  // Returns the text for the shortest entry that `key` begins with, or null.
  const char* find(std::string_view key) const;

  std::vector<std::uint32_t> trie_;
  std::string texts_;
};

}  // namespace hf
