// Packing of documents into windows of a fixed size (Ding et al., 2024, "Fewer truncations improve language modeling").
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace strata::detail {

// A part of a document: `count` ids from position `begin` of the token file on, each of which predicts the id after it.
struct Piece {
  std::int64_t begin = 0;
  std::int32_t count = 0;

  bool operator==(const Piece&) const = default;
};

// Windows that are full of pieces: window w has the pieces from starts[w] up to starts[w + 1].
struct Packing {
  std::vector<Piece> pieces;
  std::vector<std::size_t> starts{0};

  std::size_t size() const noexcept { return starts.size() - 1; }
  std::span<const Piece> window(std::size_t w) const {
    return std::span(pieces).subspan(starts[w], starts[w + 1] - starts[w]);
  }
};

// Cuts the documents of a token file, which end at `ends`, into pieces of at most `window` predictions. A document with
// no more is one piece, or none when it has less than `least` (>= 1). A longer one is cut at `offset`, in [0, window),
// and at every `window` predictions after it; offset() is called once for each such document, in order.
std::vector<Piece> cut_documents(std::span<const std::int64_t> ends, std::int64_t window, std::int64_t least,
                                 const std::function<std::int64_t()>& offset);

// Packs pieces into windows of at most `window` predictions: of each `buffer` pieces in a row the longest goes first,
// into the window with the least space that still holds it (best fit decreasing).
Packing pack(std::span<const Piece> pieces, std::int64_t window, std::size_t buffer);

}  // namespace strata::detail
