// cut_documents, pack.
#include "data/packing.hpp"

#include <algorithm>
#include <map>

namespace strata::detail {
namespace {

// Packs one buffer, whose pieces are sorted, the longest first.
void pack_sorted(std::span<const Piece> sorted, std::int64_t window, Packing& packing) {
  std::vector<std::vector<Piece>> windows;
  std::map<std::int64_t, std::vector<std::size_t>> with_space;  // space that is left -> windows, the newest last
  for (const Piece& piece : sorted) {
    const auto best = with_space.lower_bound(piece.count);
    std::size_t at = windows.size();
    std::int64_t space = window;
    if (best == with_space.end()) {
      windows.emplace_back();
    } else {
      at = best->second.back();
      space = best->first;
      best->second.pop_back();
      if (best->second.empty()) with_space.erase(best);
    }
    windows[at].push_back(piece);
    if (space > piece.count) with_space[space - piece.count].push_back(at);
  }
  for (const std::vector<Piece>& one : windows) {
    packing.pieces.insert(packing.pieces.end(), one.begin(), one.end());
    packing.starts.push_back(packing.pieces.size());
  }
}

}  // namespace

std::vector<Piece> cut_documents(std::span<const std::int64_t> ends, std::int64_t window, std::int64_t least,
                                 const std::function<std::int64_t()>& offset) {
  std::vector<Piece> pieces;
  const auto add = [&](std::int64_t begin, std::int64_t end) {
    if (end > begin) pieces.push_back({begin, static_cast<std::int32_t>(end - begin)});
  };
  std::int64_t begin = 0;
  for (const std::int64_t end : ends) {
    const std::int64_t last = end - 1;  // the last id predicts nothing
    if (last - begin > window) {
      std::int64_t cut = begin + offset();
      add(begin, cut);
      for (; cut < last; cut += window) add(cut, std::min(cut + window, last));
    } else if (last - begin >= least) {
      add(begin, last);
    }
    begin = end;
  }
  return pieces;
}

Packing pack(std::span<const Piece> pieces, std::int64_t window, std::size_t buffer) {
  Packing packing;
  packing.pieces.reserve(pieces.size());
  for (std::size_t begin = 0; begin < pieces.size(); begin += buffer) {
    const std::span<const Piece> some = pieces.subspan(begin, std::min(buffer, pieces.size() - begin));
    std::vector<Piece> sorted(some.begin(), some.end());
    std::stable_sort(sorted.begin(), sorted.end(), [](const Piece& a, const Piece& b) { return a.count > b.count; });
    pack_sorted(sorted, window, packing);
  }
  return packing;
}

}  // namespace strata::detail
