// SubwordModel: how a piece becomes ids; the member "model" of a tokenizer.json.
#pragma once

#include <strata/core/config.hpp>
#include <strata/text/vocabulary.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hf {

class SubwordModel {
 public:
  SubwordModel() = default;
  SubwordModel(const SubwordModel&) = delete;
  SubwordModel& operator=(const SubwordModel&) = delete;
  virtual ~SubwordModel();

  // Appends the ids of a piece, none of which is a special token but the unknown one. Throws E_DATA_TOKEN for what the
  // vocabulary lacks when it has no unknown token.
  virtual void encode(std::string_view piece, std::vector<std::int32_t>& ids) const = 0;
};

// The vocabulary of a model as its file has it.
struct ModelTokens {
  std::vector<std::pair<std::string, std::int32_t>> tokens;  // bytes and ids
  std::string unknown;                                       // token for what is not in it; empty: none
};

// True for byte pairs whose tokens may be kept as bytes instead of characters of GPT-2's alphabet: nothing is added to
// the parts of a word.
bool may_be_bytes(const strata::Config& json);
// Returns the vocabulary of a model. `bytes` is true when tokens are bytes in GPT-2's alphabet. Throws
// E_TOKENIZER_COMPONENT for a model of another type, and E_TOKENIZER_VOCABULARY for what is no id.
ModelTokens tokens_of(const strata::Config& json, bool bytes);
// Returns the id that `json` says. Throws E_TOKENIZER_VOCABULARY outside of 0 to 2^31 - 1.
std::int32_t id_of(const strata::Config& json);

// Makes the model; the vocabulary, which outlives it, has its tokens. Throws E_TOKENIZER_COMPONENT, E_TOKENIZER_MERGES.
std::unique_ptr<SubwordModel> make_model(const strata::Config& json, const strata::Vocabulary& vocabulary, bool bytes);

// The models by their types: BPE, WordPiece, Unigram and WordLevel.
std::unique_ptr<SubwordModel> make_bpe(const strata::Config& json, const strata::Vocabulary& vocabulary, bool bytes);
std::unique_ptr<SubwordModel> make_word_piece(const strata::Config& json, const strata::Vocabulary& vocabulary);
std::unique_ptr<SubwordModel> make_unigram(const strata::Config& json, const strata::Vocabulary& vocabulary);
std::unique_ptr<SubwordModel> make_word_level(const strata::Vocabulary& vocabulary);

// Returns the id of a token that a text may become, or -1.
std::int32_t find_token(const strata::Vocabulary& vocabulary, std::string_view token);
// Returns the unknown token. Throws E_DATA_TOKEN for `piece` when there is none.
std::int32_t unknown_of(const strata::Vocabulary& vocabulary, std::string_view piece);
// Appends the tokens <0x00> to <0xFF> of the bytes and returns true, or returns false when the vocabulary lacks one.
bool add_byte_tokens(const strata::Vocabulary& vocabulary, std::string_view bytes, std::vector<std::int32_t>& ids);

}  // namespace hf
