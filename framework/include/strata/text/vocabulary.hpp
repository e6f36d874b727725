// Vocabulary: the tokens of one side and their ids, which are 0 to size() - 1. The first four are the special tokens.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"

namespace strata {

inline constexpr std::int32_t kPad = 0;       // <pad>: fills up the rows of a batch; models ignore it
inline constexpr std::int32_t kStart = 1;     // <s>: the first token that a decoder reads
inline constexpr std::int32_t kEnd = 2;       // </s>: the end of a sequence
inline constexpr std::int32_t kUnk = 3;       // <unk>: a token that is not in the vocabulary
inline constexpr std::int32_t kSpecials = 4;  // number of special tokens, and id of the first other token

class STRATA_API Vocabulary {
 public:
  Vocabulary();  // a vocabulary of the special tokens only
  ~Vocabulary();
  // After a move, the source may only be assigned to or destroyed.
  Vocabulary(Vocabulary&&) noexcept;
  Vocabulary& operator=(Vocabulary&&) noexcept;

  // Adds a token and returns its id, the next one. Throws E_TOKENIZER_VOCABULARY when the token is in the vocabulary
  // already, is empty or is not valid UTF-8. Tokens with white space or control characters are for tokenizers with a
  // model file of another tool only; save() refuses white space.
  std::int32_t add(std::string_view token);

  // The number of tokens, special ones included.
  std::int32_t size() const noexcept;
  // Returns the id of a token, which may be a special one; -1 when it is not in the vocabulary.
  std::int32_t find(std::string_view token) const noexcept;
  // Returns the id for a token of a text: kUnk when it is not in the vocabulary. The texts "<pad>", "<s>" and "</s>"
  // give kUnk as well, so that no text can contain special tokens.
  std::int32_t encode(std::string_view token) const noexcept;
  // Returns the token of an id. Throws E_TOKENIZER_ID unless 0 <= id < size().
  const std::string& token(std::int32_t id) const;

  // Writes one token per line, in the order of the ids. Throws E_IO_*, and E_TOKENIZER_VOCABULARY for white space in a
  // token.
  void save(const std::string& path) const;
  // Reads a file that save() wrote. Throws E_IO_READ, or E_TOKENIZER_VOCABULARY with file:line for duplicate tokens,
  // missing special tokens, empty tokens, white space or carriage returns in a token, invalid UTF-8, more than
  // kMaxBytes bytes or kMaxTokens tokens.
  static Vocabulary load(const std::string& path);

  // The largest size of a file in bytes, and the largest number of tokens in it, special ones included.
  static constexpr std::size_t kMaxBytes = std::size_t{1} << 28U;
  static constexpr std::int64_t kMaxTokens = std::int64_t{1} << 24;

 private:
  struct Index;
  std::unique_ptr<Index> index_;
};

}  // namespace strata
