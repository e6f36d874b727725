// WordPiece (Schuster and Nakajima, 2012; Devlin et al., 2019): the longest token that a word begins with, again and
// again. And WordLevel: whole words.
#include "components.hpp"
#include "model.hpp"
#include "unicode.hpp"

namespace hf {
namespace {

using strata::Config;

class WordPiece final : public SubwordModel {
 public:
  WordPiece(const Config& json, const strata::Vocabulary& vocabulary)
      : vocabulary_(vocabulary), prefix_(text_of(json, "continuing_subword_prefix", "##")) {
    if (const Config* longest = given(json, "max_input_chars_per_word")) {
      longest_ = static_cast<std::size_t>(id_of(*longest));
    }
  }

  void encode(std::string_view piece, std::vector<std::int32_t>& ids) const override {
    std::vector<std::size_t> ends{0};  // of the characters, behind a 0
    for_each_char(piece, [&](const Char& one) { ends.push_back(ends.back() + one.bytes.size()); });
    const std::size_t before = ids.size();
    const auto give_up = [&] {
      ids.resize(before);
      ids.push_back(unknown_of(vocabulary_, piece));
    };
    if (ends.size() - 1 > longest_) return give_up();
    std::string token;
    for (std::size_t begin = 0; begin + 1 < ends.size();) {
      std::size_t end = ends.size() - 1;
      std::int32_t id = -1;
      for (; end > begin; --end) {
        token = begin == 0 ? "" : prefix_;
        token += piece.substr(ends[begin], ends[end] - ends[begin]);
        id = find_token(vocabulary_, token);
        if (id >= 0) break;
      }
      if (id < 0) return give_up();
      ids.push_back(id);
      begin = end;
    }
  }

 private:
  const strata::Vocabulary& vocabulary_;
  std::string prefix_;
  std::size_t longest_ = 100;  // characters; a longer word is unknown
};

class WordLevel final : public SubwordModel {
 public:
  explicit WordLevel(const strata::Vocabulary& vocabulary) : vocabulary_(vocabulary) {}
  void encode(std::string_view piece, std::vector<std::int32_t>& ids) const override {
    const std::int32_t id = find_token(vocabulary_, piece);
    ids.push_back(id >= 0 ? id : unknown_of(vocabulary_, piece));
  }

 private:
  const strata::Vocabulary& vocabulary_;
};

}  // namespace

std::unique_ptr<SubwordModel> make_word_piece(const Config& json, const strata::Vocabulary& vocabulary) {
  return std::make_unique<WordPiece>(json, vocabulary);
}
std::unique_ptr<SubwordModel> make_word_level(const strata::Vocabulary& vocabulary) {
  return std::make_unique<WordLevel>(vocabulary);
}

}  // namespace hf
