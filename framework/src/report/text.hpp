// Text of the outside made safe for a picture, a page, a terminal or a JSON string; widths on a terminal.
#pragma once

#include <string>
#include <string_view>

namespace strata::detail {

// Control bytes and invalid UTF-8 become \xNN; what would turn the reading direction of its surroundings \u202e.
std::string visible(std::string_view text);

// visible() with & < > " ' escaped: right in text and in attributes of XML and HTML.
std::string xml(std::string_view text);

// In quotes; valid UTF-8 stays, control bytes are escaped as JSON does, invalid bytes become the text \xNN.
std::string json_string(std::string_view text);

// The shortest text that reads back as the same number; null where it is not finite.
std::string json_number(double value);
std::string json_number(float value);

// Columns on a terminal of visible text (wide characters count two, combining ones none).
int columns(std::string_view text);

// The text, or its beginning and "…", in at most `limit` columns (at least 1).
std::string fit(std::string_view text, int limit);

}  // namespace strata::detail
