#include "kernels/rounding.hpp"

#include "kernels/many.hpp"

namespace strata::cuda {
namespace {

template <class T>
struct RoundChunksKernel {
  Chunks<2> chunks;  // weight, copy
  template <class Team>
  STRATA_BOTH void operator()(std::int64_t chunk, Team& team) const {
    const auto piece = chunks.piece(chunk);
    const float* const weight = chunks.at<const float>(piece, 0);
    T* const copy = chunks.at<T>(piece, 1);
    each_part(parts_of<kPack<T>>(piece.size, weight, copy), team, [&](std::int64_t j, auto width) {
      constexpr int kN = decltype(width)::value;
      store<kN>(copy + j, load<kN>(weight + j));
    });
  }
};

template <class T>
void round_in(const RoundedPair* pairs, std::int32_t count, void* stream) {
  const auto launch = [&](const Chunks<2>& chunks) {
    rows(chunks.count(), stream, "linear", RoundChunksKernel<T>{chunks});
  };
  Launches<2, decltype(launch)> together(launch);
  for (std::int32_t i = 0; i < count; ++i) together.add({pairs[i].weight, pairs[i].copy});
  together.flush();
}

}  // namespace

void round_together(const RoundedPair* pairs, std::int32_t count, DType dtype, void* stream) {
  dtype == DType::bf16 ? round_in<BFloat16>(pairs, count, stream) : round_in<Float16>(pairs, count, stream);
}

}  // namespace strata::cuda
