// Tensor: a handle of an array with its dtype, shape, device and storage and, when gradients are recorded, its graph
// node. It is cheap to copy.
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

// A tensor. New tensors are row-major; a view (slice, transpose, broadcast) shares the storage of its input. Copying a
// Tensor copies the handle only.
class STRATA_API Tensor {
 public:
  // An undefined tensor, such as an optional input that is not given.
  Tensor() = default;
  // For libstrata: makes a handle of an existing tensor.
  explicit Tensor(std::shared_ptr<TensorImpl> impl) : impl_(std::move(impl)) {}

  // Make new dense tensors. `device` null: the device of the context. The elements of empty() have no defined values.
  static Tensor empty(const Shape& shape, DType dtype = DType::f32, std::shared_ptr<Device> device = nullptr);
  static Tensor zeros(const Shape& shape, DType dtype = DType::f32, std::shared_ptr<Device> device = nullptr);
  static Tensor full(const Shape& shape, double value, DType dtype = DType::f32,
                     std::shared_ptr<Device> device = nullptr);
  static Tensor scalar(double value, DType dtype = DType::f32, std::shared_ptr<Device> device = nullptr) {
    return full({}, value, dtype, std::move(device));
  }
  // Make a new tensor from host values. Throw E_SHAPE unless there are shape.numel() values.
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

  // False for an undefined tensor: an input that is not given, or a gradient that is zero. The other functions throw
  // E_INTERNAL for it.
  bool defined() const { return impl_ != nullptr; }
  explicit operator bool() const { return defined(); }
  DType dtype() const;           // type of the elements
  const Shape& shape() const;    // extents
  const Shape& strides() const;  // strides in elements; 0 for a broadcast axis
  // Rank, extent of an axis and number of elements; `axis` may be negative (-1 is the last).
  int rank() const { return shape().rank(); }
  std::int64_t size(int axis) const { return shape()[axis]; }
  std::int64_t numel() const { return shape().numel(); }
  // True when the elements are dense and row-major, without gaps.
  bool contiguous() const;
  // The device of the storage.
  const std::shared_ptr<Device>& device() const;

  // Returns the address of the first element of a tensor in host memory, dense or strided. Throws E_DTYPE when T is not
  // the dtype, and E_DEVICE_HOST when the host cannot access the memory of the device.
  template <class T>
  T* data() {
    return static_cast<T*>(host_data(kDTypeOf<T>));
  }
  template <class T>
  const T* data() const {
    return static_cast<const T*>(host_data(kDTypeOf<T>));
  }
  // Return the elements in row-major order, converted to double or int64. They wait for the device.
  std::vector<double> to_doubles() const;
  std::vector<std::int64_t> to_integers() const;
  // Returns the only element; waits for the device. Throws E_SHAPE when there are more.
  double item() const;

  // A leaf that requires a gradient gets it as grad() when backward() runs; before, grad() is undefined.
  bool requires_grad() const;
  Tensor& require_grad(bool on = true);
  const Tensor& grad() const;
  void set_grad(Tensor gradient) const;
  // Returns a handle of the same elements without a graph node.
  Tensor detach() const;

  // The version of the storage. It grows with every in-place change, after which data that was saved or computed from
  // the old values is stale.
  std::uint64_t version() const;
  void bump_version() const;
  // Marks the storage as that of a weight, which changes at most once an update, so that kernels may keep packed copies
  // of it.
  void set_constant(bool on) const;

  // Returns the tensor in the form for kernels, valid as long as the tensor.
  View view() const;
  // Makes a view of the same storage. For ops only, which check the bounds.
  Tensor alias(const Shape& shape, const Shape& strides, std::int64_t offset) const;

  // The object behind the handle. For libstrata, and to find out whether two handles refer to the same tensor.
  const std::shared_ptr<TensorImpl>& impl() const { return impl_; }
  // The tensor in words, without its elements: "f32[2,3] on cpu".
  std::string str() const;

 private:
  void* host_data(DType dtype) const;

  std::shared_ptr<TensorImpl> impl_;
};

// A list of tensors, such as the inputs or outputs of an op.
using Tensors = std::vector<Tensor>;

// Returns Tensor::to_doubles() of each tensor, but waits for a device only once.
STRATA_API std::vector<std::vector<double>> to_doubles(std::span<const Tensor> tensors);

// Copies `from` into `to`, which must have the same shape; dtypes and strides may differ. It is not recorded, and the
// version of `to` grows.
STRATA_API void copy_into(const Tensor& to, const Tensor& from);

}  // namespace strata
