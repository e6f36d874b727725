// What nvcc compiles: C++17, and of Strata's the kernel header alone.
#include <strata/device/kernel.hpp>

static_assert(__cplusplus >= 201703L && __cplusplus < 202002L, "nvcc is asked for C++17");

int device_part() { return sizeof(strata::View) > 0 ? 7 : 0; }
