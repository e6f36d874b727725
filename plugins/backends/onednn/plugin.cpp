// The oneDNN backend: kernels for the built-in CPU device. It brings no component of its own.
#include <strata/plugin.hpp>

#include "ops/rows.hpp"
#include "strata/plugin/register_ops.hpp"

namespace {

void register_all(strata::Registry& registry) {
  strata::onednn::Rows rows;
  strata::onednn::add_linear(rows);
  strata::onednn::add_linear_few(rows);
  strata::onednn::add_linear_int8(rows);
  strata::onednn::add_matmul(rows);
  strata::onednn::add_lstm(rows);
  strata::onednn::add_gru(rows);
  strata::onednn::add_cells(rows);
  strata::onednn::add_softmax(rows);
  strata::onednn::add_cross_entropy(rows);
  strata::onednn::add_layer_norm(rows);
  strata::onednn::add_rms_norm(rows);
  strata::onednn::add_rotary(rows);
  strata::onednn::add_additive(rows);
  strata::onednn::add_sdpa(rows);
  strata::onednn::add_sdpa_cached(rows);
  strata::onednn::add_embedding(rows);
  strata::onednn::add_dropout(rows);
  strata::onednn::add_elementwise(rows);
  strata::onednn::add_reduce(rows);
  strata::onednn::add_update(rows);
  strata::register_kernels(registry, rows);
}

}  // namespace

STRATA_PLUGIN("onednn", "0.1.0", register_all);
