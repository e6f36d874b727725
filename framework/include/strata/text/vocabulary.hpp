// Vocabulary: the tokens of one side and their ids, which are 0 to size() - 1, and which of them are special.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/text/specials.hpp"

namespace strata {

// The ids of Specials::standard().
inline constexpr std::int32_t kPad = 0;       // <pad>: fills up the rows of a batch; models ignore it
inline constexpr std::int32_t kStart = 1;     // <s>: the first token that a decoder reads
inline constexpr std::int32_t kEnd = 2;       // </s>: the end of a sequence
inline constexpr std::int32_t kUnk = 3;       // <unk>: a token that is not in the vocabulary
inline constexpr std::int32_t kSpecials = 4;  // number of special tokens, and id of the first other token

class STRATA_API Vocabulary {
 public:
  // A vocabulary of <pad>, <s>, </s> and <unk>, with Specials::standard().
  Vocabulary();
  // A vocabulary without any token. For other specials than the standard ones: add tokens, then call set_specials().
  static Vocabulary empty();
  ~Vocabulary();
  // After a move, the source may only be assigned to or destroyed.
  Vocabulary(Vocabulary&&) noexcept;
  Vocabulary& operator=(Vocabulary&&) noexcept;

  // Adds a token and returns its id, the next one. The token may be or hold white space and control characters. Throws
  // E_TOKENIZER_VOCABULARY when it is in the vocabulary already, is empty or is not valid UTF-8.
  std::int32_t add(std::string_view token);
  // The same for a token of any bytes, which need not be valid UTF-8: a part of a character, for example.
  std::int32_t add_bytes(std::string_view token);

  // Says which tokens are special. Throws E_TOKENIZER_VOCABULARY for an id that is neither -1 nor that of a token, and
  // for -1 in `ends` and in `control`.
  void set_specials(Specials specials);
  // The special tokens.
  const Specials& specials() const noexcept;
  // True when the id is any of the specials, `unknown` and those in `control` included.
  bool is_special(std::int32_t id) const noexcept;
  // True when the id stands for a part of a text: it is not special, or it is `unknown`. Tokenizer::decode() leaves out
  // all other ids.
  bool is_text(std::int32_t id) const noexcept;
  // Throws E_TOKENIZER_VOCABULARY at `place`, a file, when specials().unknown is -1. It is for tokenizers that meet
  // texts of which their vocabulary does not have all tokens.
  void require_unknown(const std::string& place) const;

  // The number of tokens, special ones included.
  std::int32_t size() const noexcept;
  // Returns the id of a token, which may be a special one; -1 when it is not in the vocabulary.
  std::int32_t find(std::string_view token) const noexcept;
  // Returns the id for a token of a text: specials().unknown when it is not in the vocabulary, which is -1 when there
  // is no such special. A text that spells a special token gives `unknown` as well, so that no text can contain special
  // tokens.
  std::int32_t encode(std::string_view token) const noexcept;
  // Returns the token of an id. Throws E_TOKENIZER_ID unless 0 <= id < size().
  const std::string& token(std::int32_t id) const;

  // Returns the tokens of the ids up to the first of specials().ends, one after another, without those that are no text
  // (is_text): what Tokenizer::decode() gives when tokens are parts of the text as they are. Throws E_TOKENIZER_ID for
  // ids outside the vocabulary.
  std::string joined(const std::vector<std::int32_t>& ids) const;

  // Writes one token per line, in the order of the ids, with LF line ends. A token of valid UTF-8 without bytes up to
  // 0x20 (space, tab, line ends, control characters) is its own line. The line of any other token begins with a space,
  // which no other line does; then come the bytes of the token, with \xNN (two hexadecimal digits in lower case) for
  // each byte up to 0x20, each backslash, and each byte that is not part of well-formed UTF-8: the token "a\n" is the
  // line " a\x0a", the token " " is " \x20", and the token "\n" of two characters is "\n".
  //
  // Other special tokens than those of Vocabulary() are written as JSON (see Specials::to_config) to a second file,
  // whose name has ".specials.json" in place of ".txt": vocab.txt, vocab.specials.json. It holds ids, because a token
  // may be bytes that JSON cannot hold; the special_tokens_map.json of other programs has neither lists of ends nor
  // names for the tokens of a template. With the specials of Vocabulary() there is no second file, and one that is
  // there is removed.
  //
  // Returns the names of the files, without the folder. Throws E_IO_*.
  std::vector<std::string> save(const std::string& path) const;
  // Reads what save() wrote. Without a file of special tokens, the first four lines must be <pad>, <s>, </s>, <unk>.
  // Throws E_IO_READ, or E_TOKENIZER_VOCABULARY with file:line for duplicate tokens, missing special tokens, empty
  // lines, white space or control bytes that are not escaped, damaged escapes, invalid UTF-8, more than kMaxBytes bytes
  // or kMaxTokens tokens; and with the place in the file of special tokens for what is wrong there.
  static Vocabulary load(const std::string& path);

  // The largest size of a file in bytes, and the largest number of tokens in it, special ones included.
  static constexpr std::size_t kMaxBytes = std::size_t{1} << 28U;
  static constexpr std::int64_t kMaxTokens = std::int64_t{1} << 24;

 private:
  struct Index;
  explicit Vocabulary(std::unique_ptr<Index> index);
  std::unique_ptr<Index> index_;
};

}  // namespace strata
