#include "operands.hpp"

#include <memory>

#include "kernels/dense.hpp"
#include "kernels/epilogue.hpp"
#include "queue.hpp"

namespace strata::cuda {
namespace {

// Memory of a device that dies with a storage.
struct Kept {
  Device* device;
  void* data;
  std::size_t bytes;
  static void destroy(void* self) {
    auto* kept = static_cast<Kept*>(self);
    if (kept->data != nullptr) kept->device->release(kept->data, kept->bytes);
    delete kept;
  }
};

// A dense copy in `dtype`: kept with a constant weight's storage and filled anew when that has changed, else of this
// call. In the queue's order, so that who still reads the old one has done so.
View rounded(const View& weight, DType dtype, const At& at) {
  if (!weight.constant || weight.derived == nullptr) return densified(weight, dtype, at);
  const std::uint64_t key = derived_key(dtype == DType::bf16 ? "cuda.bf16" : "cuda.f16", weight);
  std::uint64_t version = 0;
  if (const auto* kept = static_cast<Kept*>(derived_find(weight.derived, key, &version)); kept != nullptr) {
    const View copy = dense_view(kept->data, dtype, weight.shape, weight.rank);
    if (version != weight.version) {
      copy_converted(weight, copy, false, at.stream);
      derived_restamp(weight.derived, key, weight.version);
    }
    return copy;
  }
  Device* device = queue_of(at.stream).device;
  const std::size_t bytes = static_cast<std::size_t>(weight.numel()) * size_of(dtype);
  std::unique_ptr<Kept, void (*)(void*)> made(new Kept{device, nullptr, bytes}, Kept::destroy);
  made->data = device->allocate(bytes);
  const View copy = dense_view(made->data, dtype, weight.shape, weight.rank);
  copy_converted(weight, copy, false, at.stream);
  derived_insert(weight.derived, key, weight.version, made.release(), Kept::destroy);
  return copy;
}

}  // namespace

Matrix last_two(const View& view) {
  return {view.data, view.dtype, view.size(-2), view.size(-1), view.stride(-2), view.stride(-1), 0};
}

View densified(const View& view, DType dtype, const At& at) {
  if (view.dtype == dtype && view.contiguous()) return view;
  const View copy = dense_like(view, dtype, &at.workspace);
  copy_converted(view, copy, false, at.stream);
  return copy;
}

Matrix rows_of(const View& view, const At& at) {
  Matrix m{view.data, view.dtype, 0, view.size(-1), 0, 1, 0};
  if (as_matrix(view, &m.rows, &m.row_stride) && m.direct()) return m;
  const View copy = dense_like(view, view.dtype, &at.workspace);
  copy_converted(view, copy, false, at.stream);
  m.data = copy.data;
  m.rows = view.numel() / view.size(-1);
  m.row_stride = m.columns;
  return m;
}

Matrix weight_of(const View& weight, DType dtype, const At& at) {
  if (weight.dtype != dtype) return last_two(rounded(weight, dtype, at));
  const Matrix m = last_two(weight);
  return m.direct() ? m : last_two(densified(weight, dtype, at));
}

const void* bias_of(const View& bias, DType dtype, const At& at) {
  if (bias.dtype != dtype) return rounded(bias, dtype, at).data;
  constexpr std::uintptr_t kAligned = 16;  // what the library's epilogue asks for
  if (bias.contiguous() && reinterpret_cast<std::uintptr_t>(bias.data) % kAligned == 0) return bias.data;
  const View copy = dense_like(bias, dtype, &at.workspace);
  copy_converted(bias, copy, false, at.stream);
  return copy.data;
}

}  // namespace strata::cuda
