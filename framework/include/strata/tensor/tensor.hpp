// Tensor: a cheap value handle of dtype, shape, device, storage and, when recorded, its graph node.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/device/device.hpp"
#include "strata/device/dtype.hpp"
#include "strata/device/kernel.hpp"
#include "strata/tensor/shape.hpp"

namespace strata {

struct TensorImpl;
struct Node;

// Row-major; a view (slice, transpose, broadcast) shares its storage. Copying a Tensor copies the handle.
class STRATA_API Tensor {
 public:
  Tensor() = default;  // undefined: an optional input that is not given
  // For libstrata: a handle of what exists.
  explicit Tensor(std::shared_ptr<TensorImpl> impl) : impl_(std::move(impl)) {}

  // New, dense tensors. `device` null: the context's. empty() is not cleared.
  static Tensor empty(const Shape& shape, DType dtype = DType::f32, std::shared_ptr<Device> device = nullptr);
  static Tensor zeros(const Shape& shape, DType dtype = DType::f32, std::shared_ptr<Device> device = nullptr);
  static Tensor full(const Shape& shape, double value, DType dtype = DType::f32,
                     std::shared_ptr<Device> device = nullptr);
  static Tensor scalar(double value, DType dtype = DType::f32, std::shared_ptr<Device> device = nullptr) {
    return full({}, value, dtype, std::move(device));
  }
  // Copies host values; their count must be shape.numel(), else E_SHAPE.
  template <class T>
  static Tensor from(std::span<const T> values, const Shape& shape, std::shared_ptr<Device> device = nullptr) {
    return from_bytes(values.data(), values.size(), shape, kDTypeOf<T>, std::move(device));
  }
  template <class T>
  static Tensor from(const std::vector<T>& values, const Shape& shape, std::shared_ptr<Device> device = nullptr) {
    return from(std::span<const T>(values), shape, std::move(device));
  }
  static Tensor from_bytes(const void* values, std::size_t count, const Shape& shape, DType dtype,
                           std::shared_ptr<Device> device = nullptr);

  // False for an input that is not given and for a gradient that is zero: asking such a one for more is E_INTERNAL.
  bool defined() const { return impl_ != nullptr; }
  explicit operator bool() const { return defined(); }
  DType dtype() const;           // of its elements
  const Shape& shape() const;    // the extents
  const Shape& strides() const;  // in elements
  // Of the shape; `axis` may be negative (-1 is the last).
  int rank() const { return shape().rank(); }
  std::int64_t size(int axis) const { return shape()[axis]; }
  std::int64_t numel() const { return shape().numel(); }
  // Dense and row-major: elements follow each other without a gap.
  bool contiguous() const;
  const std::shared_ptr<Device>& device() const;  // where the storage lives

  // Host access to a dense or strided tensor in host memory; T must be the dtype, else E_DTYPE / E_DEVICE_HOST.
  template <class T>
  T* data() {
    return static_cast<T*>(host_data(kDTypeOf<T>));
  }
  template <class T>
  const T* data() const {
    return static_cast<const T*>(host_data(kDTypeOf<T>));
  }
  // The elements in row-major order, converted to double or int64; waits for the device.
  std::vector<double> to_doubles() const;
  std::vector<std::int64_t> to_integers() const;
  // The only element; waits for the device. E_SHAPE when there are more.
  double item() const;

  // A leaf that requires a gradient receives it in grad() when backward runs; undefined before.
  bool requires_grad() const;
  Tensor& require_grad(bool on = true);
  const Tensor& grad() const;
  void set_grad(Tensor gradient) const;
  // The same elements outside the graph.
  Tensor detach() const;

  // Grows with every in-place change of the storage: what was saved or derived before is stale.
  std::uint64_t version() const;
  void bump_version() const;
  // Marks the storage as a weight that changes at most once an update: kernels may keep packed copies.
  void set_constant(bool on) const;

  // What a kernel is given; valid as long as the tensor.
  View view() const;
  // A view of the same storage; internal to ops, which check bounds.
  Tensor alias(const Shape& shape, const Shape& strides, std::int64_t offset) const;

  // For libstrata and for telling whether two handles are one tensor.
  const std::shared_ptr<TensorImpl>& impl() const { return impl_; }
  // "f32[2,3] on cpu"
  std::string str() const;

 private:
  void* host_data(DType dtype) const;

  std::shared_ptr<TensorImpl> impl_;
};

// Inputs and outputs of ops, in order.
using Tensors = std::vector<Tensor>;

// Tensor::to_doubles of each; a device is waited for once, however many of them are there.
STRATA_API std::vector<std::vector<double>> to_doubles(std::span<const Tensor> tensors);

// Copies `from` into `to` (same shape; dtypes may differ; strided is fine). Not recorded; bumps to's version.
STRATA_API void copy_into(const Tensor& to, const Tensor& from);

}  // namespace strata
