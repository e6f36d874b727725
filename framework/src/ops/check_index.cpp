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

void check_count(const char* op, const Tensor& count, std::int64_t least, std::int64_t most) {
  const std::string place = "[" + std::string(op) + "]";
  if (count.dtype() != DType::i64) throw Error("E_DTYPE", place, "a number " + describe(count) + " is not i64");
  if (count.rank() != 0) throw Error("E_SHAPE", place, "a number " + describe(count) + " is not []");
  if (!count.device()->host_accessible()) return;
  const std::int64_t value = *count.data<std::int64_t>();
  if (value >= least && value <= most) return;
  throw Error("E_SHAPE_INDEX", place,
              std::to_string(value) + " is outside [" + std::to_string(least) + ", " + std::to_string(most) + "]");
}

}  // namespace strata::detail
