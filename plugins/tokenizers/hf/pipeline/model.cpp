// These functions serve all models: their vocabularies, unknown tokens and tokens of bytes.
#include "model.hpp"

#include <array>
#include <limits>

#include "../alphabet.hpp"
#include "components.hpp"

namespace hf {
namespace {

using strata::Config;
using strata::Error;

// Files of the first releases name no type: those with merges are BPE, those with scores Unigram.
std::string type_of(const Config& json) {
  if (const Config* type = given(json, "type")) return type->string();
  if (json.find("merges") != nullptr) return "BPE";
  if (json.find("vocab") != nullptr && json.at("vocab").is_array()) return "Unigram";
  return json.find("continuing_subword_prefix") != nullptr ? "WordPiece" : "WordLevel";
}

}  // namespace

SubwordModel::~SubwordModel() = default;

std::int32_t id_of(const Config& json) {
  const std::int64_t id = json.integer();
  if (id >= 0 && id <= std::numeric_limits<std::int32_t>::max()) return static_cast<std::int32_t>(id);
  throw Error("E_TOKENIZER_VOCABULARY", json.place(), std::to_string(id) + " is no id of a token");
}

bool may_be_bytes(const Config& json) {
  return type_of(json) == "BPE" && text_of(json, "continuing_subword_prefix", "").empty() &&
         text_of(json, "end_of_word_suffix", "").empty();
}

ModelTokens tokens_of(const Config& json, bool bytes) {
  const std::string type = type_of(json);
  ModelTokens out;
  if (type == "Unigram") {
    const Config::Items& items = json.at("vocab").items();
    for (const Config& item : items) {
      if (item.items().size() != 2) throw Error("E_TOKENIZER_VOCABULARY", item.place(), "is no token with its score");
      out.tokens.emplace_back(item.items()[0].string(), static_cast<std::int32_t>(out.tokens.size()));
    }
    if (const Config* unknown = given(json, "unk_id")) {
      const auto id = static_cast<std::size_t>(id_of(*unknown));
      if (id >= out.tokens.size()) {
        throw Error("E_TOKENIZER_VOCABULARY", unknown->place(),
                    std::to_string(id) + " is beyond the " + std::to_string(out.tokens.size()) + " tokens");
      }
      out.unknown = out.tokens[id].first;
    }
    return out;
  }
  std::size_t single = 0;
  for (const auto& [token, id] : json.at("vocab").members()) {
    std::string spelt;
    // Tokens that no text becomes, special ones among them, may be in the vocabulary; they are known by `added_tokens`.
    if (!bytes || !to_bytes(token, spelt)) spelt = token;
    single += spelt.size() == 1 ? 1 : 0;
    out.tokens.emplace_back(std::move(spelt), id_of(id));
  }
  // GPT-2's file names an unknown token that no text needs, as each byte has a token.
  if (!bytes || single < 256) out.unknown = text_of(json, "unk_token", type == "BPE" ? "" : "[UNK]");
  return out;
}

std::unique_ptr<SubwordModel> make_model(const Config& json, const strata::Vocabulary& vocabulary, bool bytes) {
  const std::string type = type_of(json);
  if (type == "BPE") return make_bpe(json, vocabulary, bytes);
  if (type == "WordPiece") return make_word_piece(json, vocabulary);
  if (type == "Unigram") return make_unigram(json, vocabulary);
  if (type == "WordLevel") return make_word_level(vocabulary);
  unknown_component(json, "model", "BPE, WordPiece, Unigram, WordLevel");
}

std::int32_t find_token(const strata::Vocabulary& vocabulary, std::string_view token) {
  const std::int32_t id = vocabulary.find(token);
  return id < 0 || vocabulary.is_special(id) ? -1 : id;
}

std::int32_t unknown_of(const strata::Vocabulary& vocabulary, std::string_view piece) {
  const std::int32_t unknown = vocabulary.specials().unknown;
  if (unknown >= 0) return unknown;
  throw Error(
      "E_DATA_TOKEN", "[hf]",
      "the vocabulary lacks a byte or a part of '" + strata::printable(piece, 60) + "', and it has no unknown token");
}

bool add_byte_tokens(const strata::Vocabulary& vocabulary, std::string_view bytes, std::vector<std::int32_t>& ids) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const std::size_t before = ids.size();
  for (const char letter : bytes) {
    const auto byte = static_cast<unsigned char>(letter);
    const std::array<char, 6> token{'<', '0', 'x', kDigits[byte >> 4U], kDigits[byte & 0xFU], '>'};
    const std::int32_t id = find_token(vocabulary, {token.data(), token.size()});
    if (id < 0) {
      ids.resize(before);
      return false;
    }
    ids.push_back(id);
  }
  return true;
}

}  // namespace hf
