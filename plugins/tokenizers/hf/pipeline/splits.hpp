// Splits: what happens to the matches at which a text is cut.
#pragma once

#include <strata/core/config.hpp>

#include <functional>
#include <string_view>

#include "pieces.hpp"

namespace hf {

// What a pattern's matches become: pieces of their own, nothing, a part of the piece before or after, or one piece for
// matches that follow one another.
enum class Behaviour { isolated, removed, merged_with_previous, merged_with_next, contiguous };

// Reads the member `behavior`; `fallback` when it is missing. Throws E_TOKENIZER_COMPONENT for another name.
Behaviour behaviour_of(const strata::Config& json, Behaviour fallback);

// Gives a text in parts that are matches or are not.
using Matcher = std::function<void(std::string_view, const MatchFunction&)>;
// Each character of a class is a match.
Matcher matches_of(bool (*is_match)(std::int32_t code));

// Calls `each` for the pieces of a text, none of which is empty. `invert` exchanges matches and the rest.
void split(std::string_view text, const Matcher& matcher, Behaviour behaviour, bool invert, const PieceFunction& each);

}  // namespace hf
