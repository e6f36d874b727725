// The kernel rows of each family of ops.
#pragma once

#include <vector>

#include "strata/device/kernel.hpp"

namespace strata::cuda {

using Rows = std::vector<KernelRow>;

// A row of provider "cuda": any dtype, any strides; what libraries and kernels for a shape serve comes before it.
inline KernelRow row_of(const char* op, void (*forward)(const KernelCall&)) {
  KernelRow row{};
  row.device = "cuda", row.op = op, row.provider = "cuda", row.priority = 0, row.forward = forward;
  return row;
}

// A row of provider "cublaslt".
inline KernelRow product_row(const char* op, void (*forward)(const KernelCall&), bool (*supports)(const KernelCall&)) {
  KernelRow row = row_of(op, forward);
  row.provider = "cublaslt", row.priority = 10, row.supports = supports;
  return row;
}

// A row of provider "3xtf32", for products that it is worth for.
inline KernelRow split_row(const char* op, void (*forward)(const KernelCall&), bool (*supports)(const KernelCall&)) {
  KernelRow row = product_row(op, forward, supports);
  row.provider = "3xtf32", row.priority = 11;
  return row;
}

void add_elementwise(Rows& rows);
void add_activation(Rows& rows);
void add_program(Rows& rows);
void add_copies(Rows& rows);
void add_assign_at(Rows& rows);
void add_random(Rows& rows);
void add_index(Rows& rows);
void add_positions(Rows& rows);
void add_reduce(Rows& rows);
void add_sum(Rows& rows);
void add_update(Rows& rows);
void add_update_scalars(Rows& rows);
void add_gradient(Rows& rows);
void add_matmul(Rows& rows);
void add_matmul_products(Rows& rows);
void add_linear_products(Rows& rows);
void add_linears_products(Rows& rows);
void add_softmax(Rows& rows);
void add_xent(Rows& rows);
void add_top_logits(Rows& rows);
void add_norm(Rows& rows);
void add_attention(Rows& rows);
void add_attention_cached(Rows& rows);
void add_additive(Rows& rows);
void add_quantized(Rows& rows);
void add_cells(Rows& rows);
void add_recurrent(Rows& rows);

}  // namespace strata::cuda
