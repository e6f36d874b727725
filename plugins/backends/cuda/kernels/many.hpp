// Many tensors in one launch: their addresses travel as the kernel's arguments, so that nothing is copied to the card
// and a step can be played again. The tensors fall into chunks, of which a team takes one.
#pragma once

#include "kernels/pack.hpp"

namespace strata::cuda {

constexpr std::int64_t kChunk = 4096;  // elements
constexpr int kMostTensors = 64;       // of a launch: arguments are limited to 4 KB

// Chunks of lists of N tensors; the N of a list have one size.
template <int N>
struct Chunks {
  std::int32_t lists = 0;
  std::int32_t behind[kMostTensors];  // number of chunks up to the end of each list
  std::int64_t sizes[kMostTensors];
  void* data[kMostTensors][N];

  std::int32_t count() const { return lists > 0 ? behind[lists - 1] : 0; }

  struct Piece {
    std::int32_t list;
    std::int64_t first, size;  // elements
  };
  STRATA_BOTH Piece piece(std::int64_t chunk) const {
    std::int32_t low = 0, high = lists - 1;  // the first list that ends behind the chunk
    while (low < high) {
      const std::int32_t middle = (low + high) / 2;
      if (behind[middle] > chunk) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    const std::int64_t first = (chunk - (low > 0 ? behind[low - 1] : 0)) * kChunk, rest = sizes[low] - first;
    return {low, first, rest < kChunk ? rest : kChunk};
  }
  template <class T>
  STRATA_BOTH T* at(const Piece& piece, int which) const {
    return static_cast<T*>(data[piece.list][which]) + piece.first;
  }
};

// Takes lists and launches whenever there are enough: launch(chunks).
template <int N, class Launch>
class Launches {
 public:
  explicit Launches(const Launch& launch) : launch_(launch) {}

  void add(const View* const (&tensors)[N]) {
    const std::int64_t size = tensors[0]->numel();
    if (size == 0) return;
    if (chunks_.lists == kMostTensors) flush();
    const std::int32_t list = chunks_.lists, before = chunks_.count();
    chunks_.behind[list] = before + static_cast<std::int32_t>((size + kChunk - 1) / kChunk);
    chunks_.sizes[list] = size;
    for (int i = 0; i < N; ++i) chunks_.data[list][i] = tensors[i]->data;
    chunks_.lists = list + 1;
  }
  // What is left.
  void flush() {
    if (chunks_.lists > 0) launch_(chunks_);
    chunks_.lists = 0;
  }

 private:
  Launch launch_;
  Chunks<N> chunks_{};
};

}  // namespace strata::cuda
