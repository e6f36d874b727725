// PieceCache.
#include "piece_cache.hpp"

namespace byte_bpe {
namespace {

constexpr std::size_t kPieces = std::size_t{1} << 17U, kLongest = 64;

}  // namespace

bool PieceCache::find(std::string_view piece, std::vector<std::int32_t>& ids) const {
  if (piece.size() > kLongest) return false;
  const std::lock_guard lock(mutex_);
  const auto at = pieces_.find(piece);
  if (at == pieces_.end()) return false;
  ids.insert(ids.end(), at->second.begin(), at->second.end());
  return true;
}

void PieceCache::put(std::string_view piece, std::vector<std::int32_t> ids) {
  if (piece.size() > kLongest) return;
  const std::lock_guard lock(mutex_);
  if (pieces_.size() >= kPieces) pieces_.clear();
  pieces_.insert_or_assign(std::string(piece), std::move(ids));
}

void PieceCache::clear() {
  const std::lock_guard lock(mutex_);
  pieces_.clear();
}

}  // namespace byte_bpe
