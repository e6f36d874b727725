// open_token_split: the ids of all documents of a split, which are made once and kept in a file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "data/token_file.hpp"
#include "strata/data/feed.hpp"

namespace strata::detail {

// The text of a split, and the tokens that are put around each document.
struct TokenSplit {
  std::string field;                  // field of text of the dataset
  std::int32_t start = -1, end = -1;  // tokens before and after each document; -1: none
};

// Returns the id of the token that ends a text. Throws E_TOKENIZER_VOCABULARY when the vocabulary "text" has none;
// `feed` names the feed in that error.
std::int32_t require_end(const Tokenizers& tokenizers, const std::string& feed);

// Encodes the documents of facts.split with the tokenizer "text", or finds the file in which they were encoded before:
// in facts.cache, under a name that the content of the split, the vocabulary and `split` decide. The file is made anew
// when it is not whole. Warns of unknown tokens. Throws what the dataset and the tokenizer throw, and E_IO_*.
std::unique_ptr<TokenFile> open_token_split(const Feed::Facts& facts, const TokenSplit& split);

}  // namespace strata::detail
