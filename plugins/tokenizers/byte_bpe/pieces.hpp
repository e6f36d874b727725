// Pieces: a text cut as GPT-2 cuts it before pairs are merged, which never happens across a cut.
#pragma once

#include <functional>
#include <string_view>

namespace byte_bpe {

// Calls `each` for the pieces of a text, in order; together they are the text. A piece is a contraction ("'s"),
// letters, digits or other signs with at most one space before them, or white space (Radford et al., 2019; encoder.py
// of the release). Bytes that are not valid UTF-8 form pieces of their own.
void for_each_piece(std::string_view text, const std::function<void(std::string_view)>& each);

}  // namespace byte_bpe
