// Unicode normalisation by utf8proc.
#include "normalise.hpp"

#include <utf8proc.h>

#include <cstdlib>

namespace byte_bpe {

std::string normalised(std::string_view text, Normal form) {
  if (form == Normal::none) return std::string(text);
  int options = UTF8PROC_STABLE;
  options |= form == Normal::nfc || form == Normal::nfkc ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE;
  if (form == Normal::nfkc || form == Normal::nfkd) options |= UTF8PROC_COMPAT;
  utf8proc_uint8_t* made = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &made, static_cast<utf8proc_option_t>(options));
  std::string out =
      size < 0 ? std::string(text) : std::string(reinterpret_cast<char*>(made), static_cast<std::size_t>(size));
  std::free(made);
  return out;
}

}  // namespace byte_bpe
