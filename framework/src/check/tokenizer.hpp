// Checks of the role "tokenizer".
#pragma once

#include "check/checks.hpp"
#include "strata/text/tokenizer.hpp"

namespace strata::detail {

std::vector<CheckRow> check_tokenizer(const Config& spec, const CheckOptions& options, const Host& host);

// Encodes n and 8 n bytes, of words and of one word; CheckFailed when that takes far more than 8 times as long.
std::string check_linear_time(const Tokenizer& tokenizer, std::int64_t seed);

}  // namespace strata::detail
