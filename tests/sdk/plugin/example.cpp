// The least that links against the installed library.
#include <strata/core/error.hpp>

extern "C" STRATA_API const char* example_word() {
  static const strata::Error word("E_USAGE", "example", "built out of tree");
  return word.what();
}
