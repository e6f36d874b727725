// BERT's vocab.txt as a tokenizer.json.
#pragma once

#include <strata/core/config.hpp>

#include <string>

namespace hf {

// Returns the tokenizer.json of a vocab.txt, one token a line: WordPiece behind BERT's normaliser. Whether letters are
// made lower case, accents dropped and ideographs set apart, tokenizer_config.json in the same folder says
// (do_lower_case, strip_accents, tokenize_chinese_chars); without it, as "uncased" models do. Throws E_IO_READ, and
// E_TOKENIZER_VOCABULARY with file:line for a token that comes twice.
strata::Config hf_of_vocab_txt(const std::string& path);

}  // namespace hf
