// Vocabulary: the numbered tokens of one side. Ids are dense; the first four are the specials.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"

namespace strata {

inline constexpr std::int32_t kPad = 0;       // <pad>: fills a batch, never read
inline constexpr std::int32_t kStart = 1;     // <s>: what a decoder reads first
inline constexpr std::int32_t kEnd = 2;       // </s>: what ends a sequence
inline constexpr std::int32_t kUnk = 3;       // <unk>: stands for what the vocabulary lacks
inline constexpr std::int32_t kSpecials = 4;  // how many there are: the first id of a token

class STRATA_API Vocabulary {
 public:
  Vocabulary();  // the specials alone
  ~Vocabulary();
  // The one moved from may only be assigned to or destroyed.
  Vocabulary(Vocabulary&&) noexcept;
  Vocabulary& operator=(Vocabulary&&) noexcept;

  // Gives `token` the next id and returns it. Throws E_TOKENIZER_VOCABULARY when it is there already, is empty or is no
  // UTF-8. Only a tokenizer with a model file of another tool has tokens with white space or control characters.
  std::int32_t add(std::string_view token);

  std::int32_t size() const noexcept;  // specials included
  // The token's id, specials included; -1 when it is not there.
  std::int32_t find(std::string_view token) const noexcept;
  // The id under which `token` of a text is encoded: kUnk when it is not there, and for the spelling of <pad>, <s> and
  // </s> too, so that no text can forge them.
  std::int32_t encode(std::string_view token) const noexcept;
  // Throws E_TOKENIZER_ID outside 0 <= id < size().
  const std::string& token(std::int32_t id) const;

  // One token a line, its number (from 0) the id. E_IO_*, and E_TOKENIZER_VOCABULARY for white space in a token.
  void save(const std::string& path) const;
  // Reads what save() wrote. Throws E_IO_READ, or E_TOKENIZER_VOCABULARY with file:line for duplicates, missing
  // specials, empty or spaced tokens, carriage returns, invalid UTF-8, more than kMaxBytes or kMaxTokens.
  static Vocabulary load(const std::string& path);

  // Of the file, and tokens in it, specials included.
  static constexpr std::size_t kMaxBytes = std::size_t{1} << 28U;
  static constexpr std::int64_t kMaxTokens = std::int64_t{1} << 24;

 private:
  struct Index;
  std::unique_ptr<Index> index_;
};

}  // namespace strata
