// The check of indices before a kernel follows them.
#include "ops/check_index.hpp"

#include "strata/ops/op.hpp"

namespace strata::detail {

void check_indices(const char* op, const Tensor& index, std::int64_t limit, std::int64_t ignored) {
  const std::string place = "[" + std::string(op) + "]";
  if (index.dtype() != DType::i64) throw Error("E_DTYPE", place, "indices " + describe(index) + " are not i64");
  if (!index.device()->host_accessible()) return;
  std::vector<std::int64_t> gathered;
  const std::int64_t* values = nullptr;
  if (index.contiguous()) {
    values = index.data<std::int64_t>();
  } else {
    gathered = index.to_integers();
    values = gathered.data();
  }
  const std::int64_t count = index.numel();
  for (std::int64_t i = 0; i < count; ++i) {
    if ((values[i] >= 0 && values[i] < limit) || values[i] == ignored) continue;
    throw Error("E_SHAPE_INDEX", place,
                "index " + std::to_string(values[i]) + " at position " + std::to_string(i) + " of " + describe(index) +
                    " is outside [0, " + std::to_string(limit) + ")");
  }
}

}  // namespace strata::detail
