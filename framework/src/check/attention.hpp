// The checks of the role "attention".
#pragma once

#include "check/checks.hpp"
#include "strata/nn/attention.hpp"

namespace strata::detail {

std::vector<CheckRow> check_attention(const Config& spec, const CheckOptions& options, const Host& host);

// Time and memory of forward and backward over one sequence length, beside sdpa of the same width.
std::string attention_cost(Attention& mechanism, const Attention::Traits& traits, std::int64_t length);

}  // namespace strata::detail
