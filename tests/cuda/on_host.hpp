// Compiles a plugin author's .cu file for the host (-include): `each`, which starts a kernel in the device's queue,
// runs it here, over the stand-in for the driver (fake_driver.cpp), when what was queued before is done.
#pragma once

#include <dlfcn.h>

#include <cstdint>

template <class Kernel>
void each(std::int64_t count, void* stream, const Kernel& kernel) {
  static void* const driver = ::dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD);
  static const auto wait = reinterpret_cast<int (*)(void*)>(::dlsym(driver, "cuStreamSynchronize"));
  static const auto open = reinterpret_cast<void (*)(int)>(::dlsym(driver, "fake_cuda_open"));
  (void)wait(stream);  // a fault of before shows at the next copy
  open(1);
  for (std::int64_t i = 0; i < count; ++i) kernel(i);
  open(0);
}
