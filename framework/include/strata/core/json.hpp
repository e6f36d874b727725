// Strict JSON: reading accepts RFC 8259 exactly; anything else is an error with file, line and column.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "strata/core/config.hpp"
#include "strata/core/export.hpp"

namespace strata {

// Limits of parse_json().
struct JsonLimits {
  std::size_t bytes = std::size_t{16} << 20U;  // largest size of the text in bytes
  int depth = 64;                              // deepest nesting of arrays and objects
  // Bytes of memory that the values may take in addition to the size of the text.
  std::size_t memory = std::size_t{24} << 20U;
};

// Parses a JSON text. Throws E_CONFIG_JSON (syntax, trailing text), E_CONFIG_DUPLICATE (a key twice), E_CONFIG_NUMBER
// (an integer beyond 64 bits, 1e999), E_CONFIG_ENCODING (invalid UTF-8, a byte order mark, a lone surrogate) or
// E_CONFIG_LIMIT (a limit of `limits` is passed); place: "source:line:column".
STRATA_API Config parse_json(std::string_view text, std::string_view source, const JsonLimits& limits = {});

// Reads and parses a file, which may begin with a byte order mark. The file name is the source of all places. Throws
// what parse_json() throws, and E_IO_*.
STRATA_API Config read_json(const std::string& file, const JsonLimits& limits = {});

// Returns the value as JSON text; equal values give equal texts. Members keep their order. A real is written with the
// fewest digits that read back to the same double, and always with '.' or 'e', so that it stays a real. `indent` is the
// number of spaces for each level; 0 writes one line. Throws E_CONFIG_NUMBER for a number that is not finite.
STRATA_API std::string write_json(const Config& value, int indent = 2);

}  // namespace strata
