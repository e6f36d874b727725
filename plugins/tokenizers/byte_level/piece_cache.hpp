// PieceCache: the ids of pieces that have been seen, for several threads.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace byte_bpe {

struct PieceHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
template <class Value>
using ByPiece = std::unordered_map<std::string, Value, PieceHash, std::equal_to<>>;

// The last 131,072 different pieces of at most 64 bytes, with their ids.
class PieceCache {
 public:
  // Appends the ids of a piece and returns true, or returns false when the piece is not there.
  bool find(std::string_view piece, std::vector<std::int32_t>& ids) const;
  void put(std::string_view piece, std::vector<std::int32_t> ids);
  void clear();

 private:
  mutable std::mutex mutex_;
  ByPiece<std::vector<std::int32_t>> pieces_;
};

}  // namespace byte_bpe
