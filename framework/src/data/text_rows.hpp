// Rows of token ids as a batch of a language model, prompts among them, and the bytes of a text that are predicted.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "strata/data/batch.hpp"
#include "strata/data/example.hpp"
#include "strata/text/tokenizer.hpp"

namespace strata::detail {

// Returns the id for places of a batch that nothing reads: <pad> where the vocabulary has one, else 0.
std::int32_t padding_of(const Tokenizer& tokenizer);

// Makes the columns `name` ids [B,T] and NAME_lengths ids [B] of rows of ids, padded on the right with `pad`, or with 0
// when that is -1. numbers: Batch::indices; empty: 0, 1, 2, ...
STRATA_API Batch token_batch(std::span<const std::vector<std::int32_t>> rows, const std::string& name, std::int32_t pad,
                             std::span<const std::int64_t> numbers = {});

// Makes a batch of prompts, the first field of each example: `tokens` ids [B,T], padded, and `tokens_lengths` ids [B].
// start: token that is put before each prompt; -1: none. A prompt without any token becomes the token that ends a text,
// or the one that begins it. Throws E_DATA_EMPTY when the vocabulary has neither.
Batch prompt_rows(const Tokenizer& tokenizer, std::span<const Example> examples, std::int32_t start);

// Returns the number of bytes of the text that ids[1], ids[2], ... stand for, as the tokenizer decodes them after
// ids[0]. Special tokens have none, and a document begins anew after an end token.
std::int64_t predicted_bytes(const Tokenizer& tokenizer, std::span<const std::int32_t> ids);

}  // namespace strata::detail
