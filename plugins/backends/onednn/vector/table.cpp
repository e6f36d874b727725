// The choice of the instruction set: once, by what the CPU and the kernel of the operating system support. The
// environment variable STRATA_ISA (baseline, avx2, avx512, avx512bf16) takes a lesser one: for tests, and to find out
// what a difference comes from.
#include "table.hpp"

#include <cstdlib>
#include <cstring>

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
namespace avx512bf16 {
void fill(VectorTable& table);
}
#endif

namespace {

struct Tables {
  VectorTable table[4] = {};
  int count = 0;

  Tables() {
    baseline::fill(table[count++]);
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) avx2::fill(table[count++]);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq")) {
      avx512::fill(table[count++]);
      if (__builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512vnni"))
        avx512bf16::fill(table[count++]);
    }
#endif
  }
};

const Tables& tables() {
  static const Tables all;
  return all;
}

}  // namespace

const VectorTable& vectors() {
  static const VectorTable& chosen = [&]() -> const VectorTable& {
    const Tables& all = tables();
    if (const char* wish = std::getenv("STRATA_ISA")) {
      for (const VectorTable& table : all.table) {
        if (table.isa != nullptr && std::strcmp(table.isa, wish) == 0) return table;
      }
    }
    return all.table[all.count - 1];
  }();
  return chosen;
}

}  // namespace strata::onednn
