// Strict JSON in and out: what is not exactly RFC 8259 is an error with file, line and column.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "strata/core/config.hpp"
#include "strata/core/export.hpp"

namespace strata {

// What a text may ask of its reader.
struct JsonLimits {
  std::size_t bytes = std::size_t{16} << 20U;  // of the text
  int depth = 64;                              // of arrays and objects within each other
};

// Throws E_CONFIG_JSON (syntax, trailing text), E_CONFIG_DUPLICATE (a key twice), E_CONFIG_NUMBER (an integer beyond
// 64 bits, 1e999), E_CONFIG_ENCODING (invalid UTF-8, a byte order mark, a lone surrogate) or E_CONFIG_LIMIT (depth,
// size, or values that would take more memory than 64 MiB + 4 x the text); place: "source:line:column".
STRATA_API Config parse_json(std::string_view text, std::string_view source, const JsonLimits& limits = {});

// The same for a file, which may begin with a byte order mark. E_IO_*. Its name as given is the source of all places.
STRATA_API Config read_json(const std::string& file, const JsonLimits& limits = {});

// Stable text: members in their order, doubles shortest that read back the same (always with '.' or 'e', so that a real
// stays a real). indent 0 writes one line. Non-finite numbers throw E_CONFIG_NUMBER.
STRATA_API std::string write_json(const Config& value, int indent = 2);

}  // namespace strata
