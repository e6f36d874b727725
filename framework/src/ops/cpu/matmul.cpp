// The plain matrix product: blocked for the cache, vectorised by the compiler; any strides, any float type.
#include "ops/cpu/plain.hpp"
#include "ops/families.hpp"

namespace strata::detail {
namespace {

constexpr std::int64_t kBlockK = 256, kBlockN = 512;

// C[M,N] = A[M,K] B[K,N] for one batch element; accumulates in C's type T (f32 or f64). `a_*` strides are A's.
template <class T>
struct Product {
  const T* a;
  const T* b;
  T* c;
  std::int64_t m, n, k, a_row, a_col, b_row, b_col, c_row;

  void rows(std::int64_t first, std::int64_t last, T* packed) const {
    for (std::int64_t i = first; i < last; ++i) std::fill_n(c + i * c_row, n, T{0});
    for (std::int64_t j0 = 0; j0 < n; j0 += kBlockN) {
      const std::int64_t nb = std::min(kBlockN, n - j0);
      for (std::int64_t p0 = 0; p0 < k; p0 += kBlockK) {
        const std::int64_t kb = std::min(kBlockK, k - p0);
        for (std::int64_t p = 0; p < kb; ++p) {
          for (std::int64_t j = 0; j < nb; ++j) packed[p * nb + j] = b[(p0 + p) * b_row + (j0 + j) * b_col];
        }
        for (std::int64_t i = first; i < last; ++i) {
          T* out = c + i * c_row + j0;
          for (std::int64_t p = 0; p < kb; ++p) {
            const T factor = a[i * a_row + (p0 + p) * a_col];
            const T* line = packed + p * nb;
            for (std::int64_t j = 0; j < nb; ++j) out[j] += factor * line[j];
          }
        }
      }
    }
  }
};

template <class T>
void matmul_in(const KernelCall& call) {
  const View a = as_compute<T>(call.inputs[0], call.workspace), b = as_compute<T>(call.inputs[1], call.workspace);
  const View c = compute_target<T>(call.outputs[0], call.workspace);
  Product<T> product{nullptr,      nullptr,      nullptr,      c.size(-2),   c.size(-1), a.size(-1),
                     a.stride(-2), a.stride(-1), b.stride(-2), b.stride(-1), c.size(-1)};
  std::int64_t batches = 1;
  for (int i = 0; i < c.rank - 2; ++i) batches *= c.shape[i];
  constexpr std::int64_t kGrainFlops = 1 << 16, kLeastRows = 16;  // each block copies B for itself
  const std::int64_t total = batches * product.m;
  const std::int64_t grain =
      std::max<std::int64_t>(kLeastRows, kGrainFlops / std::max<std::int64_t>(1, product.n * product.k));
  const std::int64_t packed_size = kBlockK * std::min(kBlockN, product.n);
  T* packed = call.workspace->take<T>(packed_size * thread_count());
  parallel_for(0, total, grain, [&](std::int64_t begin, std::int64_t end) {
    std::int64_t row = begin;
    while (row < end) {
      const std::int64_t batch = row / product.m, first = row % product.m,
                         last = std::min(product.m, first + end - row);
      Product<T> one = product;
      std::int64_t rest = batch, a_at = 0, b_at = 0;
      for (int i = c.rank - 3; i >= 0; --i) {
        const std::int64_t index = rest % c.shape[i];
        rest /= c.shape[i];
        const auto offset = [&](const View& v) {
          const int axis = i - (c.rank - v.rank);
          return axis >= 0 && v.shape[axis] != 1 ? index * v.strides[axis] : 0;
        };
        a_at += offset(a);
        b_at += offset(b);
      }
      one.a = a.as<T>() + a_at;
      one.b = b.as<T>() + b_at;
      one.c = c.as<T>() + batch * product.m * product.n;
      one.rows(first, last, packed + worker_index() * packed_size);
      row += last - first;
    }
  });
  finish(c, call.outputs[0]);
}

void matmul(const KernelCall& call) {
  if (call.outputs[0].dtype == DType::f64) return matmul_in<double>(call);
  matmul_in<float>(call);
}

}  // namespace

void add_plain_matmul(KernelRows& rows) { rows.push_back(plain_row("matmul", matmul)); }

}  // namespace strata::detail
