// Metaspace: spaces as a visible mark, as SentencePiece writes them.
#pragma once

#include <strata/core/config.hpp>

#include <string>
#include <string_view>

namespace hf {

struct Metaspace {
  enum class Prepend { always, first, never };
  std::string mark = "\xE2\x96\x81";  // U+2581
  Prepend prepend = Prepend::always;  // where a mark is put before a piece that has none
  bool split = true;                  // a piece begins at each mark

  // Reads the pre-tokeniser or decoder. Throws E_TOKENIZER_COMPONENT for another "prepend_scheme".
  static Metaspace of(const strata::Config& json);

  // Returns the text with marks for its spaces; `first` when it begins where the whole text does.
  std::string marked(std::string_view text, bool first) const;
  // Returns the text of a token; the mark of the first token of a text is left out unless `prepend` is never.
  std::string plain(std::string_view token, bool first) const;
};

}  // namespace hf
