// Who hears of each check as it begins and ends, and who may have it left out.
#pragma once

#include <functional>
#include <string>

#include "strata/check/check.hpp"

namespace strata::detail {

struct CheckProgress {
  std::function<bool(const std::string& property)> begins;  // false: this check is left out, without a row
  std::function<void(const CheckRow& row)> ends;
};

// Of this process; null, as at first: nobody. Stays with the caller.
void set_check_progress(const CheckProgress* progress);
const CheckProgress* check_progress();

}  // namespace strata::detail
