// Checks of the role "tokenizer".
#pragma once

#include "check/checks.hpp"
#include "check/tokenizer_case.hpp"

namespace strata::detail {

std::vector<CheckRow> check_tokenizer(const Config& spec, const CheckOptions& options, const Host& host);

// Encodes n and 8 n bytes, of words and of one word; CheckFailed when that takes far more than 8 times as long.
std::string check_linear_time(const Tokenizer& tokenizer, std::int64_t seed);

// The files that the tokenizer saves: read again they give the same tokenizer, damaged ones are refused or taken for
// other ones. CheckFailed says what does not hold.
std::string check_tokenizer_file(const TokenizerCase& tokenizers);
std::string check_damaged_tokenizer_file(const TokenizerCase& tokenizers);

}  // namespace strata::detail
