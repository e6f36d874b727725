// The three parts of an alignment page, so that a file can be written sentence by sentence.
#pragma once

#include <string>

#include "strata/report/alignment.hpp"

namespace strata::detail {

std::string html_begin(const std::string& title);
std::string html_sentence(const Alignment& alignment, std::size_t number);
std::string html_end();

}  // namespace strata::detail
