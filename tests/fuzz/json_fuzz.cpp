// The strict JSON reader: any bytes give a value or an Error, and what was read is written and read back the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "strata/core/error.hpp"
#include "strata/core/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const strata::Config value = strata::parse_json(text, "fuzz");
    if (!(strata::parse_json(strata::write_json(value), "again") == value)) std::abort();
  } catch (const strata::Error& error) {
    if (error.code().compare(0, 8, "E_CONFIG") != 0) std::abort();
  }
  return 0;
}
