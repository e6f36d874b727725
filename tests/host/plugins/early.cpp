// A plugin of which every load can be seen: it writes a file before anything of it is asked for.
#include <cstdio>

#include "strata/plugin.hpp"

namespace {

struct Early {
  Early() {
    if (FILE* file = std::fopen("CODE_RAN", "a")) {
      std::fputs("code of the plugin ran\n", file);
      std::fclose(file);
    }
  }
} early;

}  // namespace

STRATA_PLUGIN("early", "0.1.0", [](strata::Registry&) {});
