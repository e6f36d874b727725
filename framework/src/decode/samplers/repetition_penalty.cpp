// repetition_penalty: z / value where z > 0, else z * value, for each token that is in the prompt or was written,
// however often (Keskar et al., 2019, "CTRL", section 4.1, with the sign taken into account).
#include <algorithm>
#include <string>

#include "decode/samplers/samplers.hpp"
#include "strata/core/error.hpp"

namespace strata::detail {

void RepetitionPenaltySampler::apply(std::span<float> logits, const Written& row) const {
  if (++call_ == 0) {  // the number of calls has overflowed: what was met 2^32 calls ago is forgotten
    std::fill(seen_.begin(), seen_.end(), 0);
    call_ = 1;
  }
  for (const auto& ids : {row.prompt, row.ids}) {
    for (const std::int32_t id : ids) {
      const auto v = static_cast<std::size_t>(id);
      if (id < 0 || v >= std::min(seen_.size(), logits.size())) {
        throw Error("E_SHAPE_INDEX", "[repetition_penalty]",
                    "token " + std::to_string(id) + " of a row, among " + std::to_string(seen_.size()) + " logits");
      }
      if (seen_[v] == call_) continue;
      seen_[v] = call_;
      const double z = logits[v];
      logits[v] = static_cast<float>(z > 0 ? z / value_ : z * value_);
    }
  }
}

}  // namespace strata::detail
