// The CUDA backend: the device "cuda" and its kernels.
#include <strata/plugin.hpp>

#include "device.hpp"
#include "kernels/rows.hpp"
#include "rnn.hpp"
#include "strata/plugin/register_ops.hpp"

namespace {

void register_all(strata::Registry& registry) {
  registry.add<strata::Device, strata::cuda::CudaDevice>("cuda", "NVIDIA GPU of compute capability 8.0 or later");
  strata::cuda::Rows rows;
  strata::cuda::add_elementwise(rows);
  strata::cuda::add_activation(rows);
  strata::cuda::add_program(rows);
  strata::cuda::add_copies(rows);
  strata::cuda::add_assign_at(rows);
  strata::cuda::add_random(rows);
  strata::cuda::add_index(rows);
  strata::cuda::add_positions(rows);
  strata::cuda::add_reduce(rows);
  strata::cuda::add_sum(rows);
  strata::cuda::add_update(rows);
  strata::cuda::add_update_scalars(rows);
  strata::cuda::add_gradient(rows);
  strata::cuda::add_matmul(rows);
  strata::cuda::add_matmul_products(rows);
  strata::cuda::add_linear_products(rows);
  strata::cuda::add_linears_products(rows);
  strata::cuda::add_softmax(rows);
  strata::cuda::add_xent(rows);
  strata::cuda::add_top_logits(rows);
  strata::cuda::add_norm(rows);
  strata::cuda::add_attention(rows);
  strata::cuda::add_attention_cached(rows);
  strata::cuda::add_additive(rows);
  strata::cuda::add_quantized(rows);
  strata::cuda::add_cells(rows);
  strata::cuda::add_recurrent(rows);
  strata::cuda::add_cudnn_rnn(rows);
  strata::register_kernels(registry, rows);
}

}  // namespace

STRATA_PLUGIN("cuda", "0.1.0", register_all);
