// Segmenter: a linked list of symbols and a heap of the merges that are possible in it.
#include "segment.hpp"

#include <strata/core/utf8.hpp>

#include <algorithm>
#include <functional>
#include <limits>
#include <queue>
#include <unordered_map>

namespace bpe {
namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

struct Merge {
  std::uint32_t rank, joined;
};

struct Node {
  std::uint32_t symbol;          // kNone: not in any merge
  std::uint32_t previous, next;  // kNone at the ends
  std::uint32_t begin, end;      // bytes of the word
  bool alive;
};

struct Candidate {
  std::uint32_t rank, position;
  bool operator>(const Candidate& other) const {
    return rank != other.rank ? rank > other.rank : position > other.position;
  }
};

struct Hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

}  // namespace

struct Segmenter::Tables {
  Codes::Version version;
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> symbols;
  std::unordered_map<std::uint64_t, Merge> merges;                             // by left << 32 | right
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> halves;  // by spelling: bytes of the left part

  std::uint32_t symbol(std::string_view spelling) const {
    const auto at = symbols.find(spelling);
    return at == symbols.end() ? kNone : at->second;
  }
  std::vector<Node> nodes(std::string_view word) const;
  const Merge* merge(const std::vector<Node>& list, std::uint32_t position) const;
  // The merge `rank` at `position`, if it is still possible there.
  bool join(std::vector<Node>& list, std::uint32_t position, std::uint32_t rank) const;
};

Segmenter::Segmenter(const Codes& codes) : tables_(std::make_unique<Tables>()) {
  tables_->version = codes.version;
  const auto symbol = [&](const std::string& spelling) {
    return tables_->symbols.try_emplace(spelling, static_cast<std::uint32_t>(tables_->symbols.size())).first->second;
  };
  for (std::uint32_t rank = 0; rank < codes.merges.size(); ++rank) {
    const auto& [left, right] = codes.merges[rank];
    const std::uint64_t pair = (std::uint64_t{symbol(left)} << 32U) | symbol(right);
    tables_->merges.try_emplace(pair, Merge{rank, symbol(left + right)});
    tables_->halves.try_emplace(left + right, left.size());
  }
}

Segmenter::~Segmenter() = default;
Segmenter::Segmenter(Segmenter&&) noexcept = default;
Segmenter& Segmenter::operator=(Segmenter&&) noexcept = default;

std::vector<Node> Segmenter::Tables::nodes(std::string_view word) const {
  std::vector<Node> list;
  for (std::size_t i = 0; i < word.size();) {
    const std::size_t length = std::max<std::size_t>(strata::utf8_length(word, i), 1);
    const auto number = static_cast<std::uint32_t>(list.size());
    std::string spelling(word.substr(i, length));
    if (version == Codes::Version::v02 && i + length == word.size()) spelling += kEndOfWord;
    list.push_back({symbol(spelling), number - 1, number + 1, static_cast<std::uint32_t>(i),
                    static_cast<std::uint32_t>(i + length), true});
    i += length;
  }
  if (version == Codes::Version::v01) {
    const auto size = static_cast<std::uint32_t>(word.size()), number = static_cast<std::uint32_t>(list.size());
    list.push_back({symbol(kEndOfWord), number - 1, number + 1, size, size, true});
  }
  list.back().next = kNone;
  return list;
}

const Merge* Segmenter::Tables::merge(const std::vector<Node>& list, std::uint32_t position) const {
  if (position == kNone) return nullptr;
  const Node& left = list[position];
  if (!left.alive || left.next == kNone || left.symbol == kNone || list[left.next].symbol == kNone) return nullptr;
  const auto at = merges.find((std::uint64_t{left.symbol} << 32U) | list[left.next].symbol);
  return at == merges.end() ? nullptr : &at->second;
}

bool Segmenter::Tables::join(std::vector<Node>& list, std::uint32_t position, std::uint32_t rank) const {
  const Merge* possible = merge(list, position);
  if (possible == nullptr || possible->rank != rank) return false;  // its symbols went into another merge
  Node& left = list[position];
  Node& right = list[left.next];
  left.symbol = possible->joined;
  left.end = right.end;
  left.next = right.next;
  right.alive = false;
  if (left.next != kNone) list[left.next].previous = position;
  return true;
}

namespace {

std::vector<std::string_view> parts_of(const std::vector<Node>& list, std::string_view word) {
  std::vector<std::string_view> parts;
  for (std::uint32_t i = 0; i != kNone; i = list[i].next) {
    if (list[i].end > list[i].begin) parts.push_back(word.substr(list[i].begin, list[i].end - list[i].begin));
  }
  return parts;
}

}  // namespace

std::vector<std::string_view> Segmenter::split(std::string_view word) const {
  if (word.empty()) return {};
  std::vector<Node> list = tables_->nodes(word);
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> heap;
  const auto consider = [&](std::uint32_t position) {
    if (const Merge* merge = tables_->merge(list, position)) heap.push({merge->rank, position});
  };
  for (std::uint32_t i = 0; i < list.size(); ++i) consider(i);
  std::vector<std::uint32_t> joined;
  while (!heap.empty()) {
    // All places of the best merge, from left to right; what they make possible counts only after that.
    const std::uint32_t rank = heap.top().rank;
    joined.clear();
    while (!heap.empty() && heap.top().rank == rank) {
      const std::uint32_t position = heap.top().position;
      heap.pop();
      if (tables_->join(list, position, rank)) joined.push_back(position);
    }
    for (const std::uint32_t position : joined) {
      consider(list[position].previous);
      consider(position);
    }
  }
  return parts_of(list, word);
}

std::vector<std::string_view> Segmenter::sample(std::string_view word, double dropout, strata::Rng& random) const {
  if (word.empty() || word.size() > kLongestSampled) return split(word);
  std::vector<Node> list = tables_->nodes(word);
  std::vector<std::uint32_t> places;
  for (;;) {
    std::uint32_t best = kNone;
    for (std::uint32_t i = 0; i != kNone; i = list[i].next) {
      const Merge* merge = tables_->merge(list, i);
      if (merge == nullptr || random.uniform() < dropout || merge->rank > best) continue;
      if (merge->rank < best) places.clear();
      best = merge->rank;
      places.push_back(i);
    }
    if (places.empty()) return parts_of(list, word);
    for (const std::uint32_t place : places) (void)tables_->join(list, place, best);
    places.clear();
  }
}

std::size_t Segmenter::halve(std::string_view part, bool final) const {
  const auto find = [&](std::string_view spelling) {
    const auto at = tables_->halves.find(spelling);
    return at == tables_->halves.end() ? std::size_t{0} : at->second;
  };
  if (!final) return find(part);
  const std::size_t left = find(std::string(part) + kEndOfWord);
  // Version 0.1 joins the bare end of a word like any symbol: "e </w>" leaves "e" whole.
  return left < part.size() ? left : find(part);
}

}  // namespace bpe
