// Codes: the merge operations of byte pair encoding in the file format of subword-nmt; that of fastBPE is read, too.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace bpe {

inline constexpr const char* kEndOfWord = "</w>";

struct Codes {
  // Version 0.1 (also: no version line) has the end of a word as a symbol of its own, which merges join to others;
  // version 0.2 has it as part of the word's last symbol from the start.
  enum class Version { v01, v02 };
  Version version = Version::v02;
  std::vector<std::pair<std::string, std::string>> merges;  // best first

  std::string text() const;
  // A third column is a count, which decides nothing (fastBPE; without a version line its codes are those of 0.2).
  // Throws E_TOKENIZER_CODES with `place`:line; a pair that comes again is dropped, as its first place decides.
  static Codes parse(const std::string& text, const std::string& place);

  static constexpr std::size_t kMaxBytes = std::size_t{1} << 28U;
};

}  // namespace bpe
