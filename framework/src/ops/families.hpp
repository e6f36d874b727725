// The built-in rows, by family; the table and the plain kernels are filled by explicit calls from here.
#pragma once

#include <vector>

#include "strata/device/kernel.hpp"
#include "strata/ops/op.hpp"

namespace strata::detail {

std::vector<const Op*> elementwise_ops();
std::vector<const Op*> activation_ops();
std::vector<const Op*> matmul_ops();
std::vector<const Op*> reduce_ops();
std::vector<const Op*> shape_ops();
std::vector<const Op*> index_ops();
std::vector<const Op*> position_ops();
std::vector<const Op*> rotary_ops();
std::vector<const Op*> random_ops();
std::vector<const Op*> linear_ops();
std::vector<const Op*> linears_ops();
std::vector<const Op*> quantized_ops();
std::vector<const Op*> softmax_ops();
std::vector<const Op*> top_logits_ops();
std::vector<const Op*> normalisation_ops();
std::vector<const Op*> recurrent_ops();
std::vector<const Op*> cell_ops();  // part of recurrent_ops
std::vector<const Op*> attention_ops();
std::vector<const Op*> update_ops();
std::vector<const Op*> update_scale_ops();
std::vector<const Op*> mean_update_ops();

using KernelRows = std::vector<KernelRow>;
// Plain loops of the primitives: provider "plain", priority 0.
void add_plain_elementwise(KernelRows& rows);
void add_plain_matmul(KernelRows& rows);
void add_plain_reduce(KernelRows& rows);
void add_plain_shape(KernelRows& rows);
void add_plain_index(KernelRows& rows);
void add_plain_random(KernelRows& rows);
void add_plain_update(KernelRows& rows);
// The oracle: provider "reference", priority -1, so that it serves only when forced.
void add_reference(KernelRows& rows);

inline KernelRow plain_row(const char* op, void (*forward)(const KernelCall&)) {
  KernelRow row{};
  row.device = "cpu";
  row.op = op;
  row.provider = "plain";
  row.forward = forward;
  return row;
}

}  // namespace strata::detail
