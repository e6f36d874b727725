// Byte pair encoding (Sennrich et al., 2016), over characters or over bytes.
#include <algorithm>

#include "../alphabet.hpp"
#include "components.hpp"
#include "merges.hpp"
#include "model.hpp"
#include "unicode.hpp"

namespace hf {
namespace {

using strata::Config;
using strata::Error;

class Bpe final : public SubwordModel {
 public:
  Bpe(const Config& json, const strata::Vocabulary& vocabulary, bool bytes) : vocabulary_(vocabulary), bytes_(bytes) {
    const Config* dropout = given(json, "dropout");
    if (dropout != nullptr && dropout->real() != 0) {
      throw Error("E_TOKENIZER_COMPONENT", dropout->place(), "merges that are left out at random are not read",
                  "0 or null; the tokenizer bpe has an option dropout");
    }
    whole_first_ = flag(json, "ignore_merges", false);
    fuse_ = flag(json, "fuse_unk", false);
    fallback_ = flag(json, "byte_fallback", false);
    prefix_ = text_of(json, "continuing_subword_prefix", "");
    suffix_ = text_of(json, "end_of_word_suffix", "");
    for (const Config& one : json.at("merges").items()) add(one);
    for (int byte = 0; byte < 256; ++byte) {
      byte_ids_.push_back(find_token(vocabulary, std::string(1, static_cast<char>(byte))));
    }
  }

  void encode(std::string_view piece, std::vector<std::int32_t>& ids) const override {
    const std::int32_t whole = whole_first_ ? find_token(vocabulary_, piece) : -1;
    if (whole >= 0) return ids.push_back(whole);
    std::vector<std::int32_t> tokens;
    if (bytes_)
      begin_with_bytes(piece, tokens);
    else
      begin_with_characters(piece, tokens);
    merges_.apply(tokens);
    ids.insert(ids.end(), tokens.begin(), tokens.end());
  }

 private:
  void begin_with_bytes(std::string_view piece, std::vector<std::int32_t>& tokens) const {
    for (const char letter : piece) {
      const std::int32_t id = byte_ids_[static_cast<unsigned char>(letter)];
      tokens.push_back(id >= 0 ? id : unknown_of(vocabulary_, piece));
    }
  }
  void begin_with_characters(std::string_view piece, std::vector<std::int32_t>& tokens) const {
    bool after_unknown = false;
    std::string token;
    for (std::size_t at = 0; at < piece.size();) {
      const Char one = char_at(piece, at);
      token = at == 0 ? "" : prefix_;
      token += one.bytes;
      at += one.bytes.size();
      if (at == piece.size()) token += suffix_;
      const std::int32_t id = find_token(vocabulary_, token);
      const bool known = id >= 0 || (fallback_ && add_byte_tokens(vocabulary_, token, tokens));
      if (id >= 0) tokens.push_back(id);
      if (!known && !(fuse_ && after_unknown)) tokens.push_back(unknown_of(vocabulary_, piece));
      after_unknown = !known;
    }
  }

  void add(const Config& json) {
    const bool is_list = json.is_array();
    const std::string text = is_list ? "" : json.string();
    const std::size_t space = is_list ? 0 : text.find(' ', 1);
    if (is_list ? json.items().size() != 2 : space == std::string::npos) {
      throw Error("E_TOKENIZER_MERGES", json.place(), "'" + strata::printable(text, 60) + "' is no pair");
    }
    const std::string left = is_list ? json.items()[0].string() : text.substr(0, space),
                      right = is_list ? json.items()[1].string() : text.substr(space + 1);
    std::string left_token, right_token;
    if (!spelt(left, left_token) || !spelt(right, right_token)) {
      throw Error("E_TOKENIZER_MERGES", json.place(),
                  "'" + strata::printable(left + " " + right, 60) + "' are no bytes");
    }
    const std::size_t prefix = right_token.starts_with(prefix_) ? prefix_.size() : 0;
    const std::string joined_token = left_token + right_token.substr(prefix);
    const std::int32_t from = vocabulary_.find(left_token), to = vocabulary_.find(right_token),
                       joined = vocabulary_.find(joined_token);
    if (from < 0 || to < 0 || joined < 0) {
      throw Error("E_TOKENIZER_MERGES", json.place(),
                  "the merge '" + strata::printable(left, 40) + "' + '" + strata::printable(right, 40) +
                      "' has a part or a result that is not in the vocabulary");
    }
    if (!vocabulary_.is_special(joined)) merges_.add(from, to, joined);
  }
  bool spelt(const std::string& written, std::string& token) const {
    if (bytes_) return to_bytes(written, token) && !token.empty();
    token = written;
    return !token.empty();
  }

  const strata::Vocabulary& vocabulary_;
  bool bytes_, whole_first_ = false, fuse_ = false, fallback_ = false;
  std::string prefix_, suffix_;
  std::vector<std::int32_t> byte_ids_;  // -1: not in the vocabulary
  Merges merges_;
};

}  // namespace

std::unique_ptr<SubwordModel> make_bpe(const Config& json, const strata::Vocabulary& vocabulary, bool bytes) {
  return std::make_unique<Bpe>(json, vocabulary, bytes);
}

}  // namespace hf
