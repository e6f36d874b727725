// The choice of the instruction set: once, by what the CPU and the kernel of the operating system support.
#include "table.hpp"

namespace strata::onednn {

namespace baseline {
void fill(VectorTable& table);
}
#if defined(__x86_64__)
namespace avx2 {
void fill(VectorTable& table);
}
namespace avx512 {
void fill(VectorTable& table);
}
#endif

namespace {

struct Tables {
  VectorTable table[3] = {};
  int count = 0;

  Tables() {
    baseline::fill(table[count++]);
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) avx2::fill(table[count++]);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq")) {
      avx512::fill(table[count++]);
    }
#endif
  }
};

const Tables& tables() {
  static const Tables all;
  return all;
}

}  // namespace

const VectorTable& vectors() { return tables().table[tables().count - 1]; }

int vector_tables(const VectorTable** out, int capacity) {
  int n = 0;
  for (; n < tables().count && n < capacity; ++n) out[n] = &tables().table[n];
  return n;
}

}  // namespace strata::onednn
