// Tokenizer "word": one token per word, per sign or per character, the most frequent ones.
#include <strata/core/error.hpp>
#include <strata/core/utf8.hpp>
#include <strata/plugin/plugin.hpp>
#include <strata/text/tokenizer.hpp>
#include <strata/text/words.hpp>

#include <algorithm>
#include <unordered_map>

namespace {
using namespace strata;

constexpr std::string_view kSpaceMark = "\xE2\x96\x81";  // U+2581, as SentencePiece writes a space

// spaces: "the 3rd, 1987" -> the | 3rd, | 1987                 (text is tokenised already)
// symbols: -> _the | _3 | rd | , | _1 | 9 | 8 | 7              (letter runs; digits and signs alone; _ is U+2581)
// characters: -> t | h | e | _ | 3 | r | d | , | _ | 1 | 9 | 8 | 7
enum class Split { spaces, symbols, characters };

bool is_letter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

class WordTokenizer final : public Tokenizer {
 public:
  struct Options {
    Split split = Split::spaces;
    std::int64_t min_frequency = 1, max_size = 0;
    bool joint = false;
    void visit(auto& option) {
      option("split", split, "kind of token: a word between spaces; a run of letters, a digit or a sign; a character",
             {{"spaces", Split::spaces}, {"symbols", Split::symbols}, {"characters", Split::characters}});
      option("min_frequency", min_frequency, "fewest occurrences of a token; rarer ones become <unk>").range(1, 1e12);
      option("max_size", max_size, "most tokens of a vocabulary, specials counted (0: no limit)").range(0, 1 << 24);
      option("joint", joint, "one vocabulary for source and target");
    }
  };

  explicit WordTokenizer(const Options& options) : options_(options) {}

  bool joint() const override { return options_.joint; }
  const Vocabulary& vocabulary() const override { return vocabulary_; }

  void train(const LineSource& lines) override {
    std::unordered_map<std::string, std::int64_t> counts;
    for (std::string line; lines(line);) {
      for_each_token(line, [&](std::string_view token) { ++counts[std::string(token)]; });
    }
    if (counts.empty()) throw Error("E_TOKENIZER_EMPTY", "[word]", "there is no token in the training text");
    std::vector<std::pair<std::string, std::int64_t>> ranked(counts.begin(), counts.end());
    std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    Vocabulary vocabulary;
    for (const auto& [token, count] : ranked) {
      const bool full =
          options_.max_size > 0 && vocabulary.size() >= std::max<std::int64_t>(options_.max_size, kSpecials);
      if (count < options_.min_frequency || full) break;
      if (vocabulary.find(token) < 0 && utf8_fault(token) == std::string::npos) vocabulary.add(token);
    }
    vocabulary_ = std::move(vocabulary);
  }

  std::vector<std::int32_t> encode(std::string_view text) const override {
    std::vector<std::int32_t> ids;
    for_each_token(text, [&](std::string_view token) { ids.push_back(vocabulary_.encode(token)); });
    return ids;
  }

  std::string decode(const std::vector<std::int32_t>& ids) const override {
    std::string text;
    for (const std::int32_t id : ids) {
      if (id == kEnd) break;
      const std::string& token = vocabulary_.token(id);
      if (id == kPad || id == kStart) continue;
      if (options_.split == Split::spaces && !text.empty()) text += ' ';
      text += token;
    }
    if (options_.split == Split::spaces) return text;
    for (std::size_t at = 0; (at = text.find(kSpaceMark, at)) != std::string::npos;) {
      text.replace(at, kSpaceMark.size(), at == 0 ? "" : " ");
      at += at == 0 ? 0 : 1;
    }
    return text;
  }

  std::vector<std::string> save(const std::string& folder, const std::string& prefix) const override {
    const std::string name = prefix + "vocab.txt";
    vocabulary_.save(folder + "/" + name);
    return {name};
  }

  void load(const std::string& folder, const std::string& prefix) override {
    vocabulary_ = Vocabulary::load(folder + "/" + prefix + "vocab.txt");
  }

 private:
  template <typename Visit>
  void for_each_token(std::string_view text, Visit&& visit) const {
    bool first = true;
    for_each_word(text, [&](std::string_view word) {
      if (options_.split == Split::spaces) {
        visit(word);
      } else if (options_.split == Split::symbols) {
        split_symbols(word, visit);
      } else {
        if (!first) visit(kSpaceMark);
        split_characters(word, visit);
      }
      first = false;
    });
  }

  template <typename Visit>
  static void split_symbols(std::string_view word, Visit&& visit) {
    for (std::size_t i = 0; i < word.size();) {
      std::size_t end = i + 1;
      while (is_letter(word[i]) && end < word.size() && is_letter(word[end])) ++end;
      const std::string_view symbol = word.substr(i, end - i);
      if (i == 0) {
        visit(std::string(kSpaceMark) + std::string(symbol));
      } else {
        visit(symbol);
      }
      i = end;
    }
  }

  template <typename Visit>
  static void split_characters(std::string_view word, Visit&& visit) {
    for (std::size_t i = 0; i < word.size();) {
      const std::size_t length =
          std::max<std::size_t>(utf8_length(word, i), 1);  // a bad byte is its own, unknown, token
      visit(word.substr(i, length));
      i += length;
    }
  }

  Options options_;
  Vocabulary vocabulary_;
};

}  // namespace

STRATA_PLUGIN("word-tokenizer", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Tokenizer, WordTokenizer>("word", "whole words, signs or characters, the most frequent ones");
});
