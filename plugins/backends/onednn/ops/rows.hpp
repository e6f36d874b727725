// What the op files share: how a row of the kernel table is written, dense views, work split over rows.
#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include "gemm.hpp"
#include "strata/device/kernel.hpp"
#include "strata/device/parallel.hpp"
#include "vector/table.hpp"

namespace strata::onednn {

using Rows = std::vector<KernelRow>;

void add_linear(Rows& rows);
void add_linear_few(Rows& rows);
void add_linear_int8(Rows& rows);
void add_matmul(Rows& rows);
void add_lstm(Rows& rows);
void add_gru(Rows& rows);
void add_cells(Rows& rows);
void add_softmax(Rows& rows);
void add_cross_entropy(Rows& rows);
void add_layer_norm(Rows& rows);
void add_rms_norm(Rows& rows);
void add_rotary(Rows& rows);
void add_additive(Rows& rows);
void add_sdpa(Rows& rows);
void add_sdpa_cached(Rows& rows);
void add_embedding(Rows& rows);
void add_dropout(Rows& rows);
void add_elementwise(Rows& rows);
void add_reduce(Rows& rows);
void add_update(Rows& rows);

inline KernelRow row_of(const char* op, void (*forward)(const KernelCall&), bool (*supports)(const KernelCall&)) {
  KernelRow row{};
  row.device = "cpu";
  row.op = op;
  row.provider = "onednn";
  row.priority = 10;
  row.forward = forward;
  row.supports = supports;
  return row;
}

// Index into the two-entry arrays of VectorTable.
inline int half(DType dtype) { return dtype == DType::bf16 ? 1 : 0; }
inline int half(const View& view) { return half(view.dtype); }
inline bool vector_dtype(DType dtype) { return dtype == DType::f32 || dtype == DType::bf16; }
inline bool dense_vector(const View& view) { return vector_dtype(view.dtype) && view.contiguous(); }
inline bool given(const View* views, std::int32_t count, int i) { return i < count && views[i].present(); }
inline bool given(const KernelCall& call, int i) { return i >= 0 && given(call.inputs, call.input_count, i); }
inline bool wanted(const BackwardCall& call, int i) { return call.input_gradients[i].present(); }

inline unsigned char* bytes_at(const void* data, std::int64_t elements, DType dtype) {
  return static_cast<unsigned char*>(const_cast<void*>(data)) + elements * static_cast<std::int64_t>(size_of(dtype));
}

// The view itself when it is dense, else a dense copy in the workspace. f32 and bf16 only.
View densified(const View& view, Workspace& workspace);
// The elements as dense floats: the data itself, or a converted copy.
const float* as_floats(const View& view, Workspace& workspace);
// A dense view as a matrix [rows, last axis].
Matrix rows_of(const View& dense_view);

// Grain for parallel_for over rows that cost about `cost` element operations each.
inline std::int64_t grain_of(std::int64_t cost) {
  return std::max<std::int64_t>(1, 8192 / std::max<std::int64_t>(cost, 1));
}

// body(first, last) over [0, n) elements in blocks that start at multiples of 16.
template <class Body>
void parallel_elements(std::int64_t n, std::int64_t grain, const Body& body) {
  parallel_for(0, (n + 15) / 16, std::max<std::int64_t>(1, grain / 16),
               [&](std::int64_t first, std::int64_t last) { body(first * 16, std::min(last * 16, n)); });
}

// to[columns] (+)= the sum of a dense matrix's rows, rounded to `to`'s dtype.
void sum_rows(const Matrix& x, const View& to, bool accumulate, Workspace& workspace);

void fill_zero(void* data, std::int64_t bytes);

}  // namespace strata::onednn
