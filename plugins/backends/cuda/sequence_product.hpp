// A product of two matrices in the middle of another op.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "strata/device/kernel.hpp"

namespace strata::cuda {

// y = a b, or y += a b where it `adds`: [M,K], [K,N] -> [M,N], a and b of one floating type, y of that or, of 16-bit
// ones, f32; sums are f32, of f64 f64. By the library where there is one that takes them, else by the general kernel.
void product(const View& a, const View& b, const View& y, bool adds, Workspace* workspace, void* stream);

// Views as a product's operands, themselves or copies for the length of the call. [..., W] as the matrix of its rows; a
// weight [O, I] in `dtype`; any view dense in `dtype`.
View rows_operand(const View& view, Workspace* workspace, void* stream);
View weight_operand(const View& weight, DType dtype, Workspace* workspace, void* stream);
View dense_operand(const View& view, DType dtype, Workspace* workspace, void* stream);

// Memory of products that follow each other in one queue: each is given what the one before it had, so that a loop of
// hundreds does not hold hundreds of pieces until its call ends.
class InTurns : public Workspace {
 public:
  explicit InTurns(Workspace* of) : Workspace{&InTurns::take_block}, of_(of) {}
  // The next product begins.
  void next() { at_ = 0; }

 private:
  static void* take_block(Workspace* self, std::size_t bytes);

  Workspace* of_;
  std::vector<std::pair<void*, std::size_t>> blocks_;
  std::size_t at_ = 0;
};

// A matrix with rows for columns.
inline View turned(View matrix) {
  std::swap(matrix.shape[0], matrix.shape[1]);
  std::swap(matrix.strides[0], matrix.strides[1]);
  return matrix;
}

}  // namespace strata::cuda
