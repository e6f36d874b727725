// Tokenizer "word": one token per word, per sign or per character, the most frequent ones.
#include <strata/core/error.hpp>
#include <strata/core/utf8.hpp>
#include <strata/plugin/plugin.hpp>
#include <strata/text/tokenizer.hpp>

#include <algorithm>
#include <unordered_map>

#include "cut.hpp"

namespace {
using namespace strata;

using word::kSpaceMark;
using word::Split;

class WordTokenizer final : public Tokenizer {
 public:
  struct Options {
    Split split = Split::spaces;
    std::int64_t min_frequency = 1, max_size = 0;
    bool joint = false;
    void visit(auto& option) {
      option("split", split,
             "kind of token: words between spaces; runs of letters, single digits and signs; or characters",
             {{"spaces", Split::spaces}, {"symbols", Split::symbols}, {"characters", Split::characters}});
      option("min_frequency", min_frequency, "smallest number of occurrences of a token; rarer ones become <unk>")
          .range(1, 1e12);
      option("max_size", max_size, "largest number of tokens in the vocabulary, special ones included (0: no limit)")
          .range(0, 1 << 24);
      option("joint", joint, "switch for one vocabulary for source and target");
    }
  };

  explicit WordTokenizer(const Options& options) : options_(options) {}

  bool joint() const override { return options_.joint; }
  const Vocabulary& vocabulary() const override { return vocabulary_; }

  void train(const LineSource& lines) override {
    std::unordered_map<std::string, std::int64_t> counts;
    for (std::string line; lines(line);) {
      word::for_each_token(line, options_.split, [&](std::string_view token) { ++counts[std::string(token)]; });
    }
    if (counts.empty()) throw Error("E_TOKENIZER_EMPTY", "[word]", "there is no token in the training text");
    std::vector<std::pair<std::string, std::int64_t>> ranked(counts.begin(), counts.end());
    std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    Vocabulary vocabulary;
    const std::int64_t specials = vocabulary.size();
    for (const auto& [token, count] : ranked) {
      const bool full = options_.max_size > 0 && vocabulary.size() >= std::max(options_.max_size, specials);
      if (count < options_.min_frequency || full) break;
      if (vocabulary.find(token) < 0 && utf8_fault(token) == std::string::npos) vocabulary.add(token);
    }
    vocabulary_ = std::move(vocabulary);
  }

  std::vector<std::int32_t> encode(std::string_view text) const override {
    std::vector<std::int32_t> ids;
    word::for_each_token(text, options_.split, [&](std::string_view token) { ids.push_back(id_of(token)); });
    return ids;
  }

  std::string decode(const std::vector<std::int32_t>& ids) const override {
    std::string text;
    for (const std::int32_t id : ids) {
      if (vocabulary_.specials().is_end(id)) break;
      const std::string& token = vocabulary_.token(id);
      if (!vocabulary_.is_text(id)) continue;
      if (options_.split == Split::spaces && !text.empty()) text += ' ';
      text += token;
    }
    return options_.split == Split::spaces ? text : with_spaces(text);
  }

  std::vector<std::string> save(const std::string& folder, const std::string& prefix) const override {
    return vocabulary_.save(folder + "/" + prefix + "vocab.txt");
  }

  void load(const std::string& folder, const std::string& prefix) override {
    const std::string path = folder + "/" + prefix + "vocab.txt";
    Vocabulary vocabulary = Vocabulary::load(path);
    vocabulary.require_unknown(path);
    vocabulary_ = std::move(vocabulary);
  }

 private:
  // A symbol that was only ever seen at the beginning of a word is known in the middle of one, too: a month in quotes
  // is still that month.
  std::int32_t id_of(std::string_view token) const {
    const std::int32_t id = vocabulary_.encode(token);
    if (id != vocabulary_.specials().unknown || options_.split != Split::symbols || token.starts_with(kSpaceMark))
      return id;
    return vocabulary_.encode(std::string(kSpaceMark).append(token));
  }

  // Each mark is a space, but for one at the beginning.
  static std::string with_spaces(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
      const bool mark = text.substr(at, kSpaceMark.size()) == kSpaceMark;
      if (!mark) {
        out += text[at++];
        continue;
      }
      if (!out.empty()) out += ' ';
      at += kSpaceMark.size();
    }
    return out;
  }

  Options options_;
  Vocabulary vocabulary_;
};

}  // namespace

STRATA_PLUGIN("word-tokenizer", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Tokenizer, WordTokenizer>(
      "word", "words, words and signs, or characters; a vocabulary of the most frequent ones");
});
