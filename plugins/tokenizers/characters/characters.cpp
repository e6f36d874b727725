// Tokenizer "characters": one token per Unicode character as it is written, white space and line ends included.
#include <strata/core/error.hpp>
#include <strata/core/utf8.hpp>
#include <strata/plugin/plugin.hpp>
#include <strata/text/tokenizer.hpp>

#include <algorithm>
#include <unordered_map>

namespace {
using namespace strata;

// Calls visit(character) for each character, in order. A byte that is not part of well-formed UTF-8 stands alone.
template <typename Visit>
void for_each_character(std::string_view text, Visit&& visit) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = std::max<std::size_t>(utf8_length(text, at), 1);
    visit(text.substr(at, length));
    at += length;
  }
}

class CharactersTokenizer final : public Tokenizer {
 public:
  struct Options {
    std::int64_t min_frequency = 1, max_size = 0;
    bool joint = false;
    void visit(auto& option) {
      option("min_frequency", min_frequency, "smallest number of occurrences of a character; rarer ones become <unk>")
          .range(1, 1e12);
      option("max_size", max_size, "largest number of tokens in the vocabulary, special ones included (0: no limit)")
          .range(0, 1 << 24);
      option("joint", joint, "switch for one vocabulary for source and target");
    }
  };

  explicit CharactersTokenizer(const Options& options) : options_(options) {}

  bool joint() const override { return options_.joint; }
  const Vocabulary& vocabulary() const override { return vocabulary_; }

  void train(const LineSource& lines) override {
    std::unordered_map<std::string, std::int64_t> counts;
    for (std::string text; lines(text);) {
      for_each_character(text, [&](std::string_view character) { ++counts[std::string(character)]; });
    }
    if (counts.empty()) throw Error("E_TOKENIZER_EMPTY", "[characters]", "there is no character in the training text");
    std::vector<std::pair<std::string, std::int64_t>> ranked(counts.begin(), counts.end());
    std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    Vocabulary vocabulary;
    const std::int64_t specials = vocabulary.size();
    for (const auto& [character, count] : ranked) {
      const bool full = options_.max_size > 0 && vocabulary.size() >= std::max(options_.max_size, specials);
      if (count < options_.min_frequency || full) break;
      if (utf8_length(character) > 0) vocabulary.add(character);
    }
    vocabulary_ = std::move(vocabulary);
  }

  std::vector<std::int32_t> encode(std::string_view text) const override {
    std::vector<std::int32_t> ids;
    ids.reserve(text.size());
    for_each_character(text, [&](std::string_view character) { ids.push_back(vocabulary_.encode(character)); });
    return ids;
  }

  std::string decode(const std::vector<std::int32_t>& ids) const override { return vocabulary_.joined(ids); }

  std::vector<std::string> save(const std::string& folder, const std::string& prefix) const override {
    return vocabulary_.save(folder + "/" + prefix + "vocab.txt");
  }

  void load(const std::string& folder, const std::string& prefix) override {
    const std::string path = folder + "/" + prefix + "vocab.txt";
    Vocabulary vocabulary = Vocabulary::load(path);
    vocabulary.require_unknown(path);
    for (std::int32_t id = 0; id < vocabulary.size(); ++id) {
      const std::string& token = vocabulary.token(id);
      if (vocabulary.is_special(id) || utf8_length(token) == token.size()) continue;
      throw Error("E_TOKENIZER_VOCABULARY", path + ":" + std::to_string(id + 1),
                  "token '" + printable(token, 60) + "' is not one character",
                  "the file is of another tokenizer, \"word\" or \"bpe\" for example");
    }
    vocabulary_ = std::move(vocabulary);
  }

 private:
  Options options_;
  Vocabulary vocabulary_;
};

}  // namespace

STRATA_PLUGIN("characters-tokenizer", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Tokenizer, CharactersTokenizer>("characters",
                                                "characters as they are written, white space and line ends included");
});
