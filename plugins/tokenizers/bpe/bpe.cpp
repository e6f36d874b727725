// Tokenizer "bpe": subword units by byte pair encoding (Sennrich, Haddow and Birch, 2016, "Neural Machine Translation
// of Rare Words with Subword Units"), with codes and segmentation as subword-nmt has them.
#include <strata/core/config.hpp>
#include <strata/core/error.hpp>
#include <strata/core/file.hpp>
#include <strata/core/text_file.hpp>
#include <strata/core/utf8.hpp>
#include <strata/plugin/plugin.hpp>
#include <strata/text/tokenizer.hpp>
#include <strata/text/word_cache.hpp>
#include <strata/text/words.hpp>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "learn.hpp"
#include "segment.hpp"

namespace {
using namespace strata;

constexpr std::string_view kGoesOn = "@@";  // ends a token that does not end its word

class BpeTokenizer final : public Tokenizer {
 public:
  struct Options {
    std::optional<std::int64_t> merges;
    std::int64_t min_frequency = 2;
    bool joint = true;
    std::string codes;
    double dropout = 0;
    void visit(auto& option) {
      option("merges", merges,
             "number of merges to learn (left out: 10000), or to take from the file of codes (left out: all)")
          .range(0, 1 << 24);
      option("min_frequency", min_frequency, "smallest number of occurrences of a pair that is merged while learning")
          .range(1, 1e12);
      option("joint", joint, "switch for one set of merges and one vocabulary for source and target");
      option("codes", codes, "file of merges from subword-nmt or fastBPE, which replaces learning");
      option(
          "dropout", dropout,
          "probability of skipping a merge while training; each epoch draws anew (BPE-dropout, Provilkov et al., 2020)")
          .range(0, 1);
    }
  };

  explicit BpeTokenizer(const Options& options) : options_(options), segmenter_(codes_) {}

  bool joint() const override { return options_.joint; }
  const Vocabulary& vocabulary() const override { return vocabulary_; }

  void train(const LineSource& lines) override {
    ByText<std::int64_t> counts;
    for (std::string line; lines(line);) {
      for_each_word(line, [&](std::string_view word) {
        const auto at = counts.find(word);
        if (at != counts.end()) {
          ++at->second;
        } else if (utf8_fault(word) == std::string_view::npos) {
          counts.emplace(word, 1);
        }
      });
    }
    if (counts.empty()) throw Error("E_TOKENIZER_EMPTY", "[bpe]", "there is no word in the training text");
    const bpe::WordCounts words(counts.begin(), counts.end());
    if (options_.codes.empty()) {
      bpe::LearnOptions learn;
      if (options_.merges) learn.merges = *options_.merges;
      learn.min_frequency = options_.min_frequency;
      use(bpe::learn(words, learn));
    } else {
      const std::string path = expand_environment(options_.codes, "[bpe] codes");
      bpe::Codes codes = bpe::Codes::parse(read_text_file(path, bpe::Codes::kMaxBytes), path);
      if (options_.merges && *options_.merges < static_cast<std::int64_t>(codes.merges.size())) {
        codes.merges.resize(static_cast<std::size_t>(*options_.merges));
      }
      use(std::move(codes));
    }
    vocabulary_ = count_tokens(words);
  }

  std::vector<std::int32_t> encode(std::string_view text) const override {
    std::vector<std::int32_t> ids;
    for_each_word(text, [&](std::string_view word) {
      if (cache_.find(word, ids)) return;
      std::vector<std::int32_t> fresh = encode_word(word);
      ids.insert(ids.end(), fresh.begin(), fresh.end());
      cache_.put(word, std::move(fresh));
    });
    return ids;
  }

  bool joins(std::int32_t left, std::int32_t) const override { return goes_on(vocabulary_.token(left)); }
  bool samples() const override { return options_.dropout > 0; }
  std::vector<std::int32_t> sample(std::string_view text, Rng& random) const override {
    if (!samples()) return encode(text);
    std::vector<std::int32_t> ids;
    for_each_word(text,
                  [&](std::string_view word) { append_ids(segmenter_.sample(word, options_.dropout, random), ids); });
    return ids;
  }

  std::string decode(const std::vector<std::int32_t>& ids) const override {
    std::string text;
    bool word_ended = false;
    for (const std::int32_t id : ids) {
      if (vocabulary_.specials().is_end(id)) break;
      const std::string_view token = vocabulary_.token(id);
      if (!vocabulary_.is_text(id)) continue;
      if (word_ended) text += ' ';
      word_ended = !goes_on(token);
      text += token.substr(0, token.size() - (word_ended ? 0 : kGoesOn.size()));
    }
    return text;
  }

  std::vector<std::string> save(const std::string& folder, const std::string& prefix) const override {
    std::vector<std::string> names = {prefix + "bpe.codes"};
    write_file(folder + "/" + names[0], codes_.text());
    for (std::string& name : vocabulary_.save(folder + "/" + prefix + "vocab.txt")) names.push_back(std::move(name));
    return names;
  }

  void load(const std::string& folder, const std::string& prefix) override {
    const std::string path = folder + "/" + prefix + "bpe.codes";
    bpe::Codes codes = bpe::Codes::parse(read_text_file(path, bpe::Codes::kMaxBytes), path);
    const std::string tokens = folder + "/" + prefix + "vocab.txt";
    Vocabulary vocabulary = Vocabulary::load(tokens);
    vocabulary.require_unknown(tokens);
    vocabulary_ = std::move(vocabulary);
    use(std::move(codes));
  }

 private:
  static bool goes_on(std::string_view token) {
    return token.size() > kGoesOn.size() && token.substr(token.size() - kGoesOn.size()) == kGoesOn;
  }

  static std::string spelled(std::string_view part, bool final) {
    return std::string(part) + std::string(final ? "" : kGoesOn);
  }

  void use(bpe::Codes codes) {
    codes_ = std::move(codes);
    segmenter_ = bpe::Segmenter(codes_);
    cache_.clear();
  }

  // All tokens of the training text by frequency, then each character in both forms, so that unseen words of known
  // characters never become <unk>; with dropout what each merge makes, too, as any of them may stay alone.
  Vocabulary count_tokens(const bpe::WordCounts& words) const {
    std::unordered_map<std::string, std::int64_t> counts;
    for (const auto& [word, count] : words) {
      for (std::size_t i = 0; i < word.size();) {
        const std::size_t length = utf8_length(word, i);
        counts.try_emplace(word.substr(i, length), 0);
        counts.try_emplace(spelled(std::string_view(word).substr(i, length), false), 0);
        i += length;
      }
      const std::vector<std::string_view> parts = segmenter_.split(word);
      for (std::size_t i = 0; i < parts.size(); ++i) counts[spelled(parts[i], i + 1 == parts.size())] += count;
    }
    if (samples()) {
      for (const auto& [left, right] : codes_.merges) {
        std::string made = left + right;
        const bool final = made.ends_with(bpe::kEndOfWord);
        if (final) made.resize(made.size() - std::string_view(bpe::kEndOfWord).size());
        if (!made.empty()) counts.try_emplace(spelled(made, final), 0);
      }
    }
    std::vector<std::pair<std::string, std::int64_t>> ranked(counts.begin(), counts.end());
    std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    Vocabulary vocabulary;
    for (const auto& [token, count] : ranked) {
      if (vocabulary.find(token) < 0) vocabulary.add(token);  // a text may spell <s>
    }
    return vocabulary;
  }

  std::vector<std::int32_t> encode_word(std::string_view word) const {
    std::vector<std::int32_t> ids;
    append_ids(segmenter_.split(word), ids);
    return ids;
  }
  void append_ids(const std::vector<std::string_view>& parts, std::vector<std::int32_t>& ids) const {
    for (std::size_t i = 0; i < parts.size(); ++i) encode_part(parts[i], i + 1 == parts.size(), ids);
  }

  // A part that the vocabulary lacks, or that would read as one that goes on, is taken apart again by undoing merges
  // (as subword-nmt does with --vocabulary).
  void encode_part(std::string_view whole, bool ends_word, std::vector<std::int32_t>& ids) const {
    const std::int32_t unknown = vocabulary_.specials().unknown;
    std::vector<std::pair<std::string_view, bool>> stack = {{whole, ends_word}};
    while (!stack.empty()) {
      const std::string_view part = stack.back().first;
      const bool final = stack.back().second;
      stack.pop_back();
      const std::int32_t id = final && goes_on(part) ? unknown : vocabulary_.encode(spelled(part, final));
      const std::size_t left = id == unknown ? segmenter_.halve(part, final) : 0;
      if (left == 0 || left >= part.size()) {
        ids.push_back(id);
      } else {
        stack.emplace_back(part.substr(left), final);
        stack.emplace_back(part.substr(0, left), false);
      }
    }
  }

  Options options_;
  bpe::Codes codes_;
  bpe::Segmenter segmenter_;
  Vocabulary vocabulary_;
  mutable WordCache cache_;
};

}  // namespace

STRATA_PLUGIN("bpe-tokenizer", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Tokenizer, BpeTokenizer>("bpe", "subword units by byte pair encoding, as in subword-nmt");
});
