// Unicode normalisation of a text.
#pragma once

#include <string>
#include <string_view>

namespace byte_bpe {

enum class Normal { none, nfc, nfd, nfkc, nfkd };

// Returns the text in a normal form. A text that is not valid UTF-8 is returned as it is.
std::string normalised(std::string_view text, Normal form);

}  // namespace byte_bpe
