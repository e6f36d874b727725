// The output that is closest to all others that a model would write (Kumar and Byrne, 2004; Eikema and Aziz, 2022,
// "Sampling-Based Approximations to Minimum Bayes Risk Decoding"). Private to libstrata.
#pragma once

#include <string>
#include <vector>

#include "strata/run/translate_run.hpp"

namespace strata::detail {

// The mean similarity of each text to the others, 0..100; 0 of one alone.
std::vector<double> expected_utilities(const std::vector<std::string>& texts, Utility utility);

}  // namespace strata::detail
