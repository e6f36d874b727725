// Tensor: geometry, host memory, gradients. What the host reads by value is in host_read.cpp.
#include "strata/tensor/tensor.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "strata/core/error.hpp"
#include "strata/tensor/context.hpp"
#include "tensor/impl.hpp"

namespace strata {
namespace {

const TensorImpl& checked(const std::shared_ptr<TensorImpl>& impl) {
  if (impl == nullptr) throw Error("E_INTERNAL", "[tensor]", "an undefined tensor was used");
  return *impl;
}

void store(void* data, DType dtype, std::int64_t i, double value) {
  switch (dtype) {
    case DType::f64: static_cast<double*>(data)[i] = value; break;
    case DType::f32: static_cast<float*>(data)[i] = static_cast<float>(value); break;
    case DType::f16: static_cast<Float16*>(data)[i] = Float16(static_cast<float>(value)); break;
    case DType::bf16: static_cast<BFloat16*>(data)[i] = BFloat16(static_cast<float>(value)); break;
    case DType::i64: static_cast<std::int64_t*>(data)[i] = static_cast<std::int64_t>(value); break;
    case DType::i32: static_cast<std::int32_t*>(data)[i] = static_cast<std::int32_t>(value); break;
    case DType::i8: static_cast<std::int8_t*>(data)[i] = static_cast<std::int8_t>(value); break;
    case DType::u8: static_cast<std::uint8_t*>(data)[i] = static_cast<std::uint8_t>(value); break;
    case DType::boolean: static_cast<std::uint8_t*>(data)[i] = value != 0 ? 1 : 0; break;
  }
}

}  // namespace

Tensor make_tensor(std::shared_ptr<Storage> storage, DType dtype, const Shape& shape, const Shape& strides,
                   std::int64_t offset) {
  auto impl = std::make_shared<TensorImpl>();
  impl->storage = std::move(storage);
  impl->dtype = dtype;
  impl->shape = shape;
  impl->strides = strides;
  impl->offset = offset;
  return Tensor(std::move(impl));
}

Tensor Tensor::empty(const Shape& shape, DType dtype, std::shared_ptr<Device> device) {
  if (device == nullptr) device = context().device != nullptr ? context().device : cpu_device();
  for (const std::int64_t extent : shape) {
    if (extent < 0) throw Error("E_SHAPE", "[tensor]", "a negative extent in " + shape.str());
  }
  const std::size_t bytes = static_cast<std::size_t>(shape.numel()) * size_of(dtype);
  return make_tensor(std::make_shared<Storage>(std::move(device), bytes), dtype, shape, dense_strides(shape), 0);
}

Tensor Tensor::zeros(const Shape& shape, DType dtype, std::shared_ptr<Device> device) {
  Tensor out = empty(shape, dtype, std::move(device));
  const Storage& storage = *out.impl()->storage;
  const std::byte zero{};
  storage.device->fill(storage.data, &zero, 1, storage.bytes);
  return out;
}

Tensor Tensor::full(const Shape& shape, double value, DType dtype, std::shared_ptr<Device> device) {
  Tensor out = empty(shape, dtype, std::move(device));
  const Storage& storage = *out.impl()->storage;
  alignas(8) std::byte element[8];
  store(element, dtype, 0, value);
  storage.device->fill(storage.data, element, size_of(dtype), static_cast<std::size_t>(shape.numel()));
  return out;
}

Tensor Tensor::from_bytes(const void* values, std::size_t count, const Shape& shape, DType dtype,
                          std::shared_ptr<Device> device) {
  if (static_cast<std::int64_t>(count) != shape.numel()) {
    throw Error("E_SHAPE", "[tensor]", std::to_string(count) + " values for a tensor " + shape.str());
  }
  Tensor out = empty(shape, dtype, std::move(device));
  if (count > 0) out.device()->copy_from_host(out.impl()->storage->data, values, count * size_of(dtype));
  return out;
}

DType Tensor::dtype() const { return checked(impl_).dtype; }
const Shape& Tensor::shape() const { return checked(impl_).shape; }
const Shape& Tensor::strides() const { return checked(impl_).strides; }
const std::shared_ptr<Device>& Tensor::device() const { return checked(impl_).storage->device; }
bool Tensor::contiguous() const { return view().contiguous(); }

void* Tensor::host_data(DType dtype) const {
  const TensorImpl& impl = checked(impl_);
  if (impl.dtype != dtype) {
    throw Error("E_DTYPE", "[tensor]", std::string("data of type ") + name_of(dtype) + " asked of a tensor " + str());
  }
  if (!impl.storage->device->host_accessible()) {
    throw Error("E_DEVICE_HOST", "[tensor]", "the host cannot read " + str(), "to_doubles() copies it");
  }
  return static_cast<std::byte*>(impl.storage->data) + static_cast<std::size_t>(impl.offset) * size_of(dtype);
}

bool Tensor::requires_grad() const { return checked(impl_).requires_grad; }

Tensor& Tensor::require_grad(bool on) {
  checked(impl_);
  if (impl_->node != nullptr)
    throw Error("E_INTERNAL", "[tensor]", "require_grad on " + str() + ", which is not a leaf");
  if (on && !is_floating(impl_->dtype)) throw Error("E_DTYPE", "[tensor]", "no gradient for " + str());
  impl_->requires_grad = on;
  return *this;
}

const Tensor& Tensor::grad() const { return checked(impl_).gradient; }

void Tensor::set_grad(Tensor gradient) const {
  checked(impl_);
  impl_->gradient = std::move(gradient);
}

Tensor Tensor::detach() const {
  const TensorImpl& impl = checked(impl_);
  return make_tensor(impl.storage, impl.dtype, impl.shape, impl.strides, impl.offset);
}

std::uint64_t Tensor::version() const { return checked(impl_).storage->version; }

void Tensor::bump_version() const {
  checked(impl_);
  ++impl_->storage->version;
}

void Tensor::set_constant(bool on) const {
  checked(impl_);
  impl_->storage->constant = on;
}

View Tensor::view() const {
  const TensorImpl& impl = checked(impl_);
  View view{};
  view.data = static_cast<std::byte*>(impl.storage->data) + static_cast<std::size_t>(impl.offset) * size_of(impl.dtype);
  view.dtype = impl.dtype;
  view.rank = impl.shape.rank();
  std::copy(impl.shape.begin(), impl.shape.end(), view.shape);
  std::copy(impl.strides.begin(), impl.strides.end(), view.strides);
  view.storage = impl.storage->id;
  view.version = impl.storage->version;
  view.offset = impl.offset;
  view.packed = &impl.storage->packed;
  view.constant = impl.storage->constant;
  return view;
}

View absent_view() {
  View view{};
  view.rank = -1;
  return view;
}

View view_of_spec(const TensorSpec& spec) {
  View view{};
  view.dtype = spec.dtype;
  view.rank = spec.rank;
  std::int64_t step = 1;
  for (int i = spec.rank - 1; i >= 0; --i) {
    view.shape[i] = spec.shape[i];
    view.strides[i] = step;
    step *= spec.shape[i];
  }
  return view;
}

Tensor Tensor::alias(const Shape& shape, const Shape& strides, std::int64_t offset) const {
  const TensorImpl& impl = checked(impl_);
  return make_tensor(impl.storage, impl.dtype, shape, strides, offset);
}

std::string Tensor::str() const {
  if (impl_ == nullptr) return "undefined";
  return std::string(name_of(impl_->dtype)) + impl_->shape.str() + " on " + impl_->storage->device->name();
}

}  // namespace strata
