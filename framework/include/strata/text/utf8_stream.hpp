// Utf8Stream: whole characters from bytes that come in pieces, as a model of bytes writes them.
#pragma once

#include <string>
#include <string_view>

#include "strata/core/export.hpp"

namespace strata {

// Returns the text with U+FFFD for what is not well-formed UTF-8 (see core/utf8.hpp): one for each longest beginning of
// a well-formed sequence, and one for each other byte (Unicode 15, section 3.9, "U+FFFD Substitution of Maximal
// Subparts", as other programs do it).
STRATA_API std::string replace_invalid_utf8(std::string_view text);

// Takes bytes in pieces of any length and gives text in whole characters. All that add() and finish() return, put
// together, is replace_invalid_utf8() of all bytes put together.
class STRATA_API Utf8Stream {
 public:
  // Returns the characters that are complete now. At most three bytes are kept back, which may be the beginning of a
  // character.
  std::string add(std::string_view bytes);
  // Returns U+FFFD when bytes were kept back, else nothing. Afterwards the stream is as new.
  std::string finish();

 private:
  std::string rest_;  // the bytes that are kept back
};

}  // namespace strata
