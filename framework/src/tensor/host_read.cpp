// What the host reads of tensors, wherever they live: the stretch of storage that an element stands in, and no more.
#include <algorithm>
#include <array>
#include <cstddef>
#include <map>

#include "strata/core/error.hpp"
#include "strata/tensor/tensor.hpp"
#include "tensor/impl.hpp"

namespace strata {
namespace {

// Visits the elements of a host tensor in row-major order.
template <class Visit>
void for_each_offset(const Shape& shape, const Shape& strides, const Visit& visit) {
  const std::int64_t count = shape.numel();
  std::array<std::int64_t, kMaxRank> index{};
  std::int64_t offset = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    visit(offset);
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      const auto at = static_cast<std::size_t>(axis);
      offset += strides[axis];
      if (++index[at] < shape[axis]) break;
      offset -= strides[axis] * shape[axis];
      index[at] = 0;
    }
  }
}

template <class Out>
Out load(const void* data, DType dtype, std::int64_t i) {
  switch (dtype) {
    case DType::f64: return static_cast<Out>(static_cast<const double*>(data)[i]);
    case DType::f32: return static_cast<Out>(static_cast<const float*>(data)[i]);
    case DType::f16: return static_cast<Out>(static_cast<float>(static_cast<const Float16*>(data)[i]));
    case DType::bf16: return static_cast<Out>(static_cast<float>(static_cast<const BFloat16*>(data)[i]));
    case DType::i64: return static_cast<Out>(static_cast<const std::int64_t*>(data)[i]);
    case DType::i32: return static_cast<Out>(static_cast<const std::int32_t*>(data)[i]);
    case DType::i8: return static_cast<Out>(static_cast<const std::int8_t*>(data)[i]);
    case DType::u8: return static_cast<Out>(static_cast<const std::uint8_t*>(data)[i]);
    case DType::boolean: return static_cast<Out>(static_cast<const std::uint8_t*>(data)[i] != 0);
  }
  return Out{};
}

// A tensor's elements where the host can read them: in place, or in a copy of the stretch that they stand in.
class OnHost {
 public:
  explicit OnHost(const Tensor& tensor) {
    if (!tensor.defined()) throw Error("E_INTERNAL", "[tensor]", "an undefined tensor was read");
    impl_ = tensor.impl().get();
    if (impl_->shape.numel() == 0) return;
    const std::size_t size = size_of(impl_->dtype);
    std::int64_t first = 0, last = 0;  // the outermost elements, as offsets from that of index 0
    for (int axis = 0; axis < impl_->shape.rank(); ++axis) {
      const std::int64_t reach = (impl_->shape[axis] - 1) * impl_->strides[axis];
      first += std::min<std::int64_t>(reach, 0);
      last += std::max<std::int64_t>(reach, 0);
    }
    stretch_ =
        static_cast<const std::byte*>(impl_->storage->data) + static_cast<std::size_t>(impl_->offset + first) * size;
    zero_ = static_cast<std::size_t>(-first) * size;
    if (!device().host_accessible()) copy_.resize(static_cast<std::size_t>(last - first + 1) * size);
  }

  Device& device() const { return *impl_->storage->device; }
  bool needs_copy() const { return !copy_.empty(); }
  HostCopy copy() { return {copy_.data(), stretch_, copy_.size()}; }

  template <class Out>
  std::vector<Out> values() const {
    std::vector<Out> all;
    all.reserve(static_cast<std::size_t>(impl_->shape.numel()));
    const std::byte* zero = (needs_copy() ? copy_.data() : stretch_) + zero_;
    for_each_offset(impl_->shape, impl_->strides,
                    [&](std::int64_t at) { all.push_back(load<Out>(zero, impl_->dtype, at)); });
    return all;
  }

 private:
  const TensorImpl* impl_ = nullptr;
  const std::byte* stretch_ = nullptr;
  std::size_t zero_ = 0;  // of the element of index 0 in the stretch, in bytes
  std::vector<std::byte> copy_;
};

template <class Out>
std::vector<Out> elements(const Tensor& tensor) {
  OnHost there(tensor);
  if (there.needs_copy()) {
    const HostCopy copy = there.copy();
    there.device().copy_to_host(copy.to, copy.from, copy.bytes);
  }
  return there.values<Out>();
}

}  // namespace

std::vector<double> Tensor::to_doubles() const { return elements<double>(*this); }
std::vector<std::int64_t> Tensor::to_integers() const { return elements<std::int64_t>(*this); }

double Tensor::item() const {
  if (numel() != 1)
    throw Error("E_SHAPE", "[item]", "of a tensor " + str() + " of " + std::to_string(numel()) + " elements");
  return to_doubles()[0];
}

std::vector<std::vector<double>> to_doubles(std::span<const Tensor> tensors) {
  std::vector<OnHost> there(tensors.begin(), tensors.end());
  std::map<Device*, std::vector<HostCopy>> copies;
  for (OnHost& one : there) {
    if (one.needs_copy()) copies[&one.device()].push_back(one.copy());
  }
  for (const auto& [device, all] : copies) device->copy_all_to_host(all);
  std::vector<std::vector<double>> values;
  values.reserve(there.size());
  for (const OnHost& one : there) values.push_back(one.values<double>());
  return values;
}

}  // namespace strata
