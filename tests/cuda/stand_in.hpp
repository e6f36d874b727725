// How tests speak to the stand-in for the driver (fake/driver.cpp).
#pragma once

#include <dlfcn.h>

#include <cstdlib>
#include <string>

namespace strata_test {

// A variable of the environment for a scope: what goes wrong.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

// An entry that no driver has.
template <class Result>
Result of_driver(const char* entry) {
  return reinterpret_cast<Result (*)()>(::dlsym(::dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD), entry))();
}
// A broken context is whole again.
inline void mend() { of_driver<void>("fake_cuda_mend"); }
// So far, of any device.
inline long long allocations() { return of_driver<long long>("fake_cuda_allocations"); }

}  // namespace strata_test
