// What a search finds, and the calls that keep to it.
#pragma once

#include <cublasLt.h>

#include <cstddef>
#include <cstdint>

#include "cuda/fake/cublaslt/descriptors.hpp"
#include "cuda/fake/cublaslt/problem.hpp"

namespace fake::cublaslt {

struct Workspace {
  void* data;
  std::size_t bytes;
};

// What an algorithm remembers of the search, in the 8 words of cublasLtMatmulAlgo_t.
struct Algorithm {
  std::uint64_t magic, workspace, alignment[4], bias_alignment, shape;

  // The one for that problem.
  static Algorithm found(const Problem& problem, const Preference& preference);
  static Algorithm from(const cublasLtMatmulAlgo_t& words);

  // Whether a call is of the problem that was searched for, its A, B, C, D and bias aligned and its room as they were.
  bool takes(const Problem& problem, const void* const addresses[4], const Workspace& room) const;
};
static_assert(sizeof(Algorithm) == sizeof(cublasLtMatmulAlgo_t));

}  // namespace fake::cublaslt
