// Learning with counts that are kept up to date: a merge touches only the pieces that have its pair.
#include "learn.hpp"

#include <algorithm>
#include <queue>
#include <unordered_map>

namespace hf {
namespace {

using Symbol = std::uint32_t;
using Pair = std::uint64_t;

Pair pair_of(Symbol left, Symbol right) { return Pair{left} << 32U | right; }

struct Piece {
  std::vector<Symbol> symbols;
  std::int64_t count;
};

struct Statistics {
  std::int64_t count = 0;
  std::vector<std::uint32_t> pieces;  // where the pair was seen; may repeat and may be out of date
};

class Learner {
 public:
  Learner(const PieceCounts& pieces, const LearnOptions& options) : options_(options), heap_(Less{this}) {
    for (int byte = 0; byte < 256; ++byte) symbol(std::string(1, static_cast<char>(byte)));
    for (const auto& [bytes, count] : pieces) {
      Piece piece{{}, count};
      for (const char byte : bytes) piece.symbols.push_back(static_cast<unsigned char>(byte));
      const auto number = static_cast<std::uint32_t>(pieces_.size());
      for (std::size_t i = 0; i + 1 < piece.symbols.size(); ++i) {
        change(pair_of(piece.symbols[i], piece.symbols[i + 1]), count, number);
      }
      pieces_.push_back(std::move(piece));
    }
    for (const auto& [pair, statistics] : statistics_) heap_.push({statistics.count, pair});
  }

  std::vector<Merge> run() {
    std::vector<Merge> merges;
    while (static_cast<std::int64_t>(spellings_.size()) < 256 + options_.tokens && !heap_.empty()) {
      const Candidate best = heap_.top();
      heap_.pop();
      const std::int64_t count = statistics_[best.pair].count;
      if (count != best.count) {  // out of date: back with its count now
        if (count < best.count && count > 0) heap_.push({count, best.pair});
        continue;
      }
      if (count < options_.min_frequency) break;
      const auto left = static_cast<Symbol>(best.pair >> 32U), right = static_cast<Symbol>(best.pair);
      merges.emplace_back(spellings_[left], spellings_[right]);
      merge(left, right);
    }
    return merges;
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
      const auto& spelling = learner->spellings_;
      const int left = spelling[a.pair >> 32U].compare(spelling[b.pair >> 32U]);
      if (left != 0) return left < 0;
      return spelling[static_cast<Symbol>(a.pair)] < spelling[static_cast<Symbol>(b.pair)];
    }
  };

  // Symbols are what they spell: "ab" + "c" and "a" + "bc" give one symbol.
  Symbol symbol(const std::string& spelling) {
    const auto [at, is_new] = symbols_.try_emplace(spelling, static_cast<Symbol>(spellings_.size()));
    if (is_new) spellings_.push_back(spelling);
    return at->second;
  }

  void change(Pair pair, std::int64_t count, std::uint32_t piece) {
    Statistics& statistics = statistics_[pair];
    statistics.count += count;
    if (count > 0 && (statistics.pieces.empty() || statistics.pieces.back() != piece))
      statistics.pieces.push_back(piece);
  }

  // A pair that has become more frequent.
  void grow(Pair pair, std::int64_t count, std::uint32_t piece) {
    change(pair, count, piece);
    grown_.push_back(pair);
  }

  void merge(Symbol left, Symbol right) {
    const Symbol joined = symbol(spellings_[left] + spellings_[right]);
    std::vector<std::uint32_t> numbers = std::move(statistics_[pair_of(left, right)].pieces);
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    grown_.clear();
    for (const std::uint32_t number : numbers) merge_in_piece(number, left, right, joined);
    statistics_.erase(pair_of(left, right));
    std::sort(grown_.begin(), grown_.end());
    grown_.erase(std::unique(grown_.begin(), grown_.end()), grown_.end());
    for (const Pair pair : grown_) heap_.push({statistics_[pair].count, pair});
  }

  // x A B y becomes x AB y: x A and B y are seen once less, x AB and AB y once more.
  void merge_in_piece(std::uint32_t number, Symbol left, Symbol right, Symbol joined) {
    std::vector<Symbol>& symbols = pieces_[number].symbols;
    const std::int64_t count = pieces_[number].count;
    std::size_t to = 0;
    for (std::size_t at = 0; at < symbols.size(); ++to) {
      if (at + 1 >= symbols.size() || symbols[at] != left || symbols[at + 1] != right) {
        symbols[to] = symbols[at++];
        continue;
      }
      if (to > 0) {
        change(pair_of(symbols[to - 1], left), -count, number);
        grow(pair_of(symbols[to - 1], joined), count, number);
      }
      if (at + 2 < symbols.size()) {
        change(pair_of(right, symbols[at + 2]), -count, number);
        grow(pair_of(joined, symbols[at + 2]), count, number);
      }
      symbols[to] = joined;
      at += 2;
    }
    symbols.resize(to);
  }

  LearnOptions options_;
  std::vector<std::string> spellings_;  // bytes of each symbol
  std::unordered_map<std::string, Symbol> symbols_;
  std::vector<Piece> pieces_;
  std::unordered_map<Pair, Statistics> statistics_;
  std::priority_queue<Candidate, std::vector<Candidate>, Less> heap_;
  std::vector<Pair> grown_;
};

}  // namespace

std::vector<Merge> learn(const PieceCounts& pieces, const LearnOptions& options) {
  return Learner(pieces, options).run();
}

}  // namespace hf
