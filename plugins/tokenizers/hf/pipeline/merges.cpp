// The merges of a piece.
#include "merges.hpp"

#include <functional>
#include <queue>

namespace hf {
namespace {

std::uint64_t pair_of(std::int32_t left, std::int32_t right) {
  return static_cast<std::uint64_t>(left) << 32U | static_cast<std::uint32_t>(right);
}

struct Candidate {
  std::int32_t rank, token, at, right;
  bool operator>(const Candidate& other) const { return rank != other.rank ? rank > other.rank : at > other.at; }
};

// The tokens of a piece as a list.
struct Link {
  std::int32_t token, before, after;
  bool merged = false;  // into its left neighbour
};

}  // namespace

void Merges::add(std::int32_t left, std::int32_t right, std::int32_t joined) {
  joined_.emplace(pair_of(left, right), Joined{static_cast<std::int32_t>(joined_.size()), joined});
}

void Merges::apply(std::vector<std::int32_t>& tokens) const {
  const auto size = static_cast<std::int32_t>(tokens.size());
  if (size < 2) return;
  std::vector<Link> links;
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
  const auto link = [&](std::int32_t at) -> Link& { return links[static_cast<std::size_t>(at)]; };
  const auto find = [&](const Link& left, const Link& right) {
    return left.token < 0 || right.token < 0 ? joined_.end() : joined_.find(pair_of(left.token, right.token));
  };
  const auto offer = [&](std::int32_t at) {
    const std::int32_t right = at < 0 ? -1 : link(at).after;
    if (right < 0) return;
    const auto found = find(link(at), link(right));
    if (found != joined_.end()) queue.push({found->second.rank, found->second.token, at, right});
  };
  for (std::int32_t i = 0; i < size; ++i) {
    links.push_back({tokens[static_cast<std::size_t>(i)], i - 1, i + 1 < size ? i + 1 : -1});
  }
  for (std::int32_t i = 0; i < size; ++i) offer(i);
  while (!queue.empty()) {
    const Candidate best = queue.top();
    queue.pop();
    Link &left = link(best.at), &right = link(best.right);
    if (left.merged || right.merged || left.after != best.right) continue;
    const auto found = find(left, right);
    if (found == joined_.end() || found->second.rank != best.rank) continue;  // one of both has grown since
    left.token = best.token;
    left.after = right.after;
    if (right.after >= 0) link(right.after).before = best.at;
    right.merged = true;
    offer(best.at);
    offer(left.before);
  }
  tokens.clear();
  for (std::int32_t i = 0; i >= 0; i = link(i).after) tokens.push_back(link(i).token);
}

}  // namespace hf
