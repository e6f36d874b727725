// The merges of a piece: the earliest learnt pair first, of equal ones the leftmost.
#include "merges.hpp"

#include <queue>
#include <string>

namespace byte_bpe {
namespace {

std::uint64_t pair_of(std::int32_t left, std::int32_t right) {
  return static_cast<std::uint64_t>(left) << 32U | static_cast<std::uint32_t>(right);
}

struct Candidate {
  std::int32_t rank, token, at, right;
  bool operator>(const Candidate& other) const { return rank != other.rank ? rank > other.rank : at > other.at; }
};

// The tokens of a piece as a list; `token` is -1 for what has been merged into its left neighbour.
struct Link {
  std::int32_t token, before, after;
};

}  // namespace

Merges::Merges(const std::vector<Merge>& merges) {
  std::unordered_map<std::string, std::int32_t> tokens;
  for (std::int32_t byte = 0; byte < 256; ++byte) tokens.emplace(std::string(1, static_cast<char>(byte)), byte);
  std::int32_t rank = 0;
  for (const auto& [left, right] : merges) {
    const std::uint64_t pair = pair_of(tokens.at(left), tokens.at(right));
    const auto token = tokens.emplace(left + right, static_cast<std::int32_t>(tokens.size())).first->second;
    joined_.emplace(pair, Joined{rank++, token});
  }
}

void Merges::apply(std::string_view piece, std::vector<std::int32_t>& tokens) const {
  const auto size = static_cast<std::int32_t>(piece.size());
  std::vector<Link> links;
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
  const auto offer = [&](std::int32_t at) {
    const std::int32_t right = at < 0 ? -1 : links[static_cast<std::size_t>(at)].after;
    if (right < 0) return;
    const auto found =
        joined_.find(pair_of(links[static_cast<std::size_t>(at)].token, links[static_cast<std::size_t>(right)].token));
    if (found != joined_.end()) queue.push({found->second.rank, found->second.token, at, right});
  };
  for (std::int32_t i = 0; i < size; ++i) {
    links.push_back({static_cast<unsigned char>(piece[static_cast<std::size_t>(i)]), i - 1, i + 1 < size ? i + 1 : -1});
  }
  for (std::int32_t i = 0; i < size; ++i) offer(i);
  while (!queue.empty()) {
    const Candidate best = queue.top();
    queue.pop();
    Link &left = links[static_cast<std::size_t>(best.at)], &right = links[static_cast<std::size_t>(best.right)];
    if (left.token < 0 || right.token < 0 || left.after != best.right) continue;
    const auto found = joined_.find(pair_of(left.token, right.token));
    if (found == joined_.end() || found->second.rank != best.rank) continue;  // one of both has grown since
    left.token = best.token;
    left.after = right.after;
    if (right.after >= 0) links[static_cast<std::size_t>(right.after)].before = best.at;
    right.token = -1;
    offer(best.at);
    offer(left.before);
  }
  for (std::int32_t i = size > 0 ? 0 : -1; i >= 0; i = links[static_cast<std::size_t>(i)].after) {
    tokens.push_back(links[static_cast<std::size_t>(i)].token);
  }
}

}  // namespace byte_bpe
