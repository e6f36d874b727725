// Families of ops that are not written yet.
#include "ops/families.hpp"
#include "strata/ops/index.hpp"
namespace strata::detail {
std::vector<const Op*> index_ops() { return {}; }
std::vector<const Op*> random_ops() { return {}; }
std::vector<const Op*> fused_ops() { return {}; }
void add_plain_index(KernelRows&) {}
void add_plain_random(KernelRows&) {}
void add_plain_update(KernelRows&) {}
}  // namespace strata::detail
namespace strata {
Tensor iota(std::int64_t, DType) { return {}; }
}  // namespace strata
