// The reference scorer's tokenizers, and Python's idea of white space and lower case that they rest on.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"

namespace strata {

// How BLEU cuts a line into tokens. Everything but `spaces` ends with a split on any white space, as str.split() does.
enum class BleuTokenize {
  mteval13a,   // "13a": mteval-v13a.pl, Western languages; the default of the field
  intl,        // "intl": mteval-v14.pl, splits on Unicode punctuation and symbols
  none,        // "none": white space only, for text that is tokenised already
  characters,  // "char": one token a character that is no white space
  spaces,      // "spaces": at every single space, so that an empty line is one empty token (tensorflow/nmt)
};

// Throws E_USAGE_TOKENIZE for an unknown name, listing the known ones.
STRATA_API BleuTokenize bleu_tokenize(std::string_view name);
STRATA_API std::string_view name_of(BleuTokenize how);  // "13a", "intl", "none", "char", "spaces"

// One line -> the tokens that BLEU counts, after trailing white space is dropped. All functions below take UTF-8 and
// throw E_DATA_UTF8 (with the byte offset in the message, no place: the caller knows file and line) where it is
// invalid.
STRATA_API std::vector<std::string> bleu_tokens(std::string_view line, BleuTokenize how, bool lowercase = false);

// Equals Python's str.lower(): full case mapping, with the final sigma.
STRATA_API std::string lower_case(std::string_view text);

// Equals Python's str.split(): cuts at runs of Unicode white space and of U+001C..U+001F; no empty words.
STRATA_API std::vector<std::string> split_words(std::string_view text);

}  // namespace strata
