#include "cuda/fake/cublaslt/algorithm.hpp"

#include <cstring>

namespace fake::cublaslt {
namespace {

constexpr std::uint64_t kMagic = 0x616C676F;

}  // namespace

Algorithm Algorithm::found(const Problem& problem, const Preference& preference) {
  const Attributes& wish = preference.attributes;
  // Long sums are split where there is room for the parts.
  const std::uint64_t room = problem.k < 64 ? 0 : static_cast<std::uint64_t>(4 * problem.m * problem.n);
  Algorithm made{};
  made.magic = kMagic;
  made.workspace = room <= wish.get<std::uint64_t>(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, 0) ? room : 0;
  for (int i = 0; i < 4; ++i) {
    made.alignment[i] = wish.get<std::uint32_t>(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES + i, 256);
  }
  made.bias_alignment = problem.product.bias() != nullptr ? alignment_of(problem.product.bias()) : 1;
  made.shape = problem.shape();
  return made;
}

Algorithm Algorithm::from(const cublasLtMatmulAlgo_t& words) {
  Algorithm made;
  std::memcpy(&made, &words, sizeof made);
  return made;
}

bool Algorithm::takes(const Problem& problem, const void* const addresses[4], const Workspace& room) const {
  if (magic != kMagic || shape != problem.shape()) return false;
  for (int i = 0; i < 4; ++i) {
    if (alignment_of(addresses[i]) < alignment[i]) return false;
  }
  const void* bias = problem.product.bias();
  if (bias != nullptr && alignment_of(bias) < bias_alignment) return false;
  if (room.bytes < workspace) return false;
  return workspace == 0 || (room.data != nullptr && alignment_of(room.data) >= 256);
}

}  // namespace fake::cublaslt
