// What tests of products share: the stand-in for cuBLASLt (fake/cublaslt), and tensors whose numbers are known.
#pragma once

#include <dlfcn.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "cuda/host_plugin.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/tensor/context.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata_test {

using strata::context;
using strata::ContextScope;
using strata::cpu_device;
using strata::Device;
using strata::DType;
using strata::Shape;
using strata::Tensor;

// Of fake/cublaslt; null where the library is the real one (tests/gpu.sh).
using Counter = long long (*)(int);
inline Counter counter() {
  static const Counter found = [] {
    for (const char* name : {"libcublasLt.so.13", "libcublasLt.so.12"}) {
      void* library = ::dlopen(name, RTLD_NOW | RTLD_NOLOAD);
      if (library != nullptr) return reinterpret_cast<Counter>(::dlsym(library, "fake_cublaslt_count"));
    }
    return Counter{};
  }();
  return found;
}

// Numbers on [-1, 1) that `dtype` holds exactly, in the host's memory.
inline Tensor values(const Shape& shape, DType dtype, unsigned seed) {
  const ContextScope scope;
  context().device = cpu_device();
  context().kernels.clear();
  std::vector<double> all(static_cast<std::size_t>(shape.numel()));
  std::uint64_t state = seed;
  for (double& value : all) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    value = static_cast<double>(state >> 33U) * 0x1p-30 - 1;
  }
  return cast(Tensor::from(all, shape), dtype);
}

inline Tensor on(const std::shared_ptr<Device>& device, const Tensor& host) {
  Tensor there = Tensor::empty(host.shape(), host.dtype(), device);
  const std::size_t bytes = static_cast<std::size_t>(host.numel()) * size_of(host.dtype());
  if (device == cpu_device()) {
    copy_into(there, host);
  } else {
    device->copy_from_host(there.view().data, host.view().data, bytes);
  }
  return there;
}

}  // namespace strata_test
