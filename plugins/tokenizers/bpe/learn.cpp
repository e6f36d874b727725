// Learning with pair statistics that are only touched where a merge changes a word.
#include "learn.hpp"

#include <strata/core/utf8.hpp>

#include <algorithm>
#include <queue>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace bpe {
namespace {

using Symbol = std::uint32_t;
using Pair = std::uint64_t;  // left << 32 | right

Pair pair_of(Symbol left, Symbol right) { return (Pair{left} << 32U) | right; }

struct Word {
  std::vector<Symbol> symbols;
  std::int64_t count;
};

struct Statistics {
  std::int64_t count = 0;
  std::vector<std::uint32_t> words;  // where the pair was seen; may repeat and may be out of date
};

class Learner {
 public:
  Learner(const WordCounts& words, const LearnOptions& options) : options_(options), heap_(Less{this}) {
    for (const auto& [word, count] : words) {
      if (!word.empty() && word.size() <= options.longest_word) add_word(word, count);
    }
    for (auto& [pair, statistics] : statistics_) heap_.push({statistics.count, pair});
  }

  Codes run() {
    Codes codes;
    while (static_cast<std::int64_t>(codes.merges.size()) < options_.merges && !heap_.empty()) {
      const Candidate best = heap_.top();
      heap_.pop();
      const std::int64_t count = statistics_[best.pair].count;
      if (count != best.count) {  // out of date: back with what it is worth now
        if (count < best.count && count > 0) heap_.push({count, best.pair});
        continue;
      }
      if (count < options_.min_frequency) break;
      const auto left = static_cast<Symbol>(best.pair >> 32U), right = static_cast<Symbol>(best.pair);
      codes.merges.emplace_back(spellings_[left], spellings_[right]);
      merge(left, right);
    }
    return codes;
  }

 private:
  struct Candidate {
    std::int64_t count;
    Pair pair;
  };
  struct Less {
    const Learner* learner;
    bool operator()(const Candidate& a, const Candidate& b) const {
      if (a.count != b.count) return a.count < b.count;
      return learner->spelling(a.pair) < learner->spelling(b.pair);
    }
  };

  std::pair<std::string_view, std::string_view> spelling(Pair pair) const {
    return {spellings_[pair >> 32U], spellings_[static_cast<Symbol>(pair)]};
  }

  // Symbols are what they spell: "ab"+"c" and "a"+"bc" give one symbol.
  Symbol symbol(const std::string& spelling) {
    const auto [at, is_new] = symbols_.try_emplace(spelling, static_cast<Symbol>(spellings_.size()));
    if (is_new) spellings_.push_back(spelling);
    return at->second;
  }

  void add_word(const std::string& word, std::int64_t count) {
    Word split{{}, count};
    for (std::size_t i = 0; i < word.size();) {
      const std::size_t length = std::max<std::size_t>(strata::utf8_length(word, i), 1);
      std::string spelling = word.substr(i, length);
      i += length;
      if (i == word.size()) spelling += kEndOfWord;
      split.symbols.push_back(symbol(spelling));
    }
    const auto number = static_cast<std::uint32_t>(words_.size());
    for (std::size_t i = 0; i + 1 < split.symbols.size(); ++i) {
      change(pair_of(split.symbols[i], split.symbols[i + 1]), count, number);
    }
    words_.push_back(std::move(split));
  }

  void change(Pair pair, std::int64_t count, std::uint32_t word) {
    Statistics& statistics = statistics_[pair];
    statistics.count += count;
    if (count > 0 && (statistics.words.empty() || statistics.words.back() != word)) statistics.words.push_back(word);
  }

  void merge(Symbol left, Symbol right) {
    const Symbol joined = symbol(spellings_[left] + spellings_[right]);
    std::vector<std::uint32_t> numbers = std::move(statistics_[pair_of(left, right)].words);
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    grown_.clear();
    for (const std::uint32_t number : numbers) merge_in_word(number, left, right, joined);
    statistics_[pair_of(left, right)] = {};
    for (const Pair pair : grown_) heap_.push({statistics_[pair].count, pair});
  }

  void merge_in_word(std::uint32_t number, Symbol left, Symbol right, Symbol joined) {
    Word& word = words_[number];
    const std::vector<Symbol>& old = word.symbols;
    const std::size_t size = old.size();
    after_.clear();
    for (std::size_t i = 0; i < size;) {
      if (i + 1 >= size || old[i] != left || old[i + 1] != right) {
        after_.push_back(old[i++]);
        continue;
      }
      // A B C with B C merged: one A B less and, unless the next pair is merged too and does it, one C D less.
      if (i > 0) change(pair_of(old[i - 1], old[i]), -word.count, number);
      const bool next_merges = i + 3 < size && old[i + 2] == left && old[i + 3] == right;
      if (i + 2 < size && !next_merges) change(pair_of(old[i + 1], old[i + 2]), -word.count, number);
      after_.push_back(joined);
      i += 2;
    }
    if (after_.size() == size) return;  // the pair is no longer in this word
    word.symbols.swap(after_);
    const std::vector<Symbol>& symbols = word.symbols;
    // As subword-nmt does, every `joined` counts here, also one that an earlier merge of other symbols left behind.
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      if (symbols[i] != joined) continue;
      if (i > 0) grow(pair_of(symbols[i - 1], joined), word.count, number);
      if (i + 1 < symbols.size() && symbols[i + 1] != joined) grow(pair_of(joined, symbols[i + 1]), word.count, number);
    }
  }

  void grow(Pair pair, std::int64_t count, std::uint32_t word) {
    change(pair, count, word);
    grown_.insert(pair);
  }

  LearnOptions options_;
  std::vector<std::string> spellings_;
  std::unordered_map<std::string, Symbol> symbols_;
  std::vector<Word> words_;
  std::unordered_map<Pair, Statistics> statistics_;
  std::priority_queue<Candidate, std::vector<Candidate>, Less> heap_;
  std::unordered_set<Pair> grown_;
  std::vector<Symbol> after_;
};

}  // namespace

Codes learn(const WordCounts& words, const LearnOptions& options) { return Learner(words, options).run(); }

}  // namespace bpe
