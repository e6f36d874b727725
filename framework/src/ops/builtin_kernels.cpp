// The built-in kernels, by family.
#include "device/builtin_kernels.hpp"

#include "ops/families.hpp"

namespace strata {

std::vector<KernelRow> detail::builtin_kernels() {
  std::vector<KernelRow> rows;
  add_plain_elementwise(rows);
  add_plain_matmul(rows);
  add_plain_reduce(rows);
  add_plain_shape(rows);
  add_plain_index(rows);
  add_plain_random(rows);
  add_plain_update(rows);
  add_reference(rows);
  return rows;
}

}  // namespace strata
