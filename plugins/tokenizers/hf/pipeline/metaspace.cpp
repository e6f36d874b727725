// Metaspace.
#include "metaspace.hpp"

#include "components.hpp"

namespace hf {

Metaspace Metaspace::of(const strata::Config& json) {
  Metaspace out;
  out.mark = text_of(json, "replacement", "\xE2\x96\x81");
  if (out.mark.empty()) throw strata::Error("E_TOKENIZER_COMPONENT", json.place_of("replacement"), "is empty");
  out.split = flag(json, "split", true);
  const std::string scheme =
      text_of(json, "prepend_scheme", flag(json, "add_prefix_space", true) ? "always" : "never");  // the older form
  if (scheme != "always" && scheme != "first" && scheme != "never") {
    throw strata::Error("E_TOKENIZER_COMPONENT", json.place_of("prepend_scheme"),
                        "'" + strata::printable(scheme, 60) + "' is unknown", "known: always, first, never");
  }
  out.prepend = scheme == "always" ? Prepend::always : scheme == "first" ? Prepend::first : Prepend::never;
  return out;
}

std::string Metaspace::marked(std::string_view text, bool first) const {
  std::string out;
  for (const char letter : text) {
    if (letter == ' ')
      out += mark;
    else
      out += letter;
  }
  const bool wanted = prepend == Prepend::always || (prepend == Prepend::first && first);
  return wanted && !out.starts_with(mark) ? mark + out : out;
}

std::string Metaspace::plain(std::string_view token, bool first) const {
  std::string out;
  for (std::size_t at = 0; at < token.size();) {
    if (token.substr(at).starts_with(mark)) {
      if (!first || prepend == Prepend::never) out += ' ';
      at += mark.size();
    } else {
      out += token[at++];
    }
  }
  return out;
}

}  // namespace hf
