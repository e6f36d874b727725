// The tokenizers of the reference scorer, and the functions of Python for white space and lower case that they use.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"

namespace strata {

// The rule by which BLEU cuts a line into tokens. All rules but `spaces` end with a split at any white space, as
// Python's str.split() does.
enum class BleuTokenize {
  mteval13a,   // "13a": the rule of mteval-v13a.pl, for Western languages; the usual one in papers
  intl,        // "intl": the rule of mteval-v14.pl, which splits at Unicode punctuation and symbols
  none,        // "none": splits at white space only, for text that is tokenised already
  characters,  // "char": each character but white space is a token
  spaces,      // "spaces": splits at every single space, so that an empty line is one empty token (as tensorflow/nmt)
};

// Returns the rule of that name. Throws E_USAGE_TOKENIZE, with the known names, for an unknown one.
STRATA_API BleuTokenize bleu_tokenize(std::string_view name);
// Returns the name of a rule: "13a", "intl", "none", "char" or "spaces".
STRATA_API std::string_view name_of(BleuTokenize how);

// Returns the tokens of a line that BLEU counts, after trailing white space is removed. This function and those below
// throw E_DATA_UTF8 for invalid UTF-8, with the byte offset in the message and without a place, because only the caller
// knows the file and the line.
STRATA_API std::vector<std::string> bleu_tokens(std::string_view line, BleuTokenize how, bool lowercase = false);

// Returns the same as Python's str.lower(): full case mapping, with the final sigma.
STRATA_API std::string lower_case(std::string_view text);

// Returns the same as Python's str.split(): the words between runs of Unicode white space and of U+001C..U+001F,
// without empty ones.
STRATA_API std::vector<std::string> split_words(std::string_view text);

}  // namespace strata
