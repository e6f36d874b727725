// What strata-probe and its parent say to each other.
#pragma once

namespace strata::detail {

inline constexpr int kProbeWords = 3;              // the descriptor that the child writes to
inline constexpr const char* kProbeFine = "fine";  // else "code\nmessage\nhint"

}  // namespace strata::detail
