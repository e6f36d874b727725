// Exports more than the door, and a static of an inline function that the whole process would share.
#include "role.hpp"

int leaked_number = 1;
inline int& pinned() {
  static int number = 2;
  return number;
}

STRATA_PLUGIN("leaks", "1.0", [](strata::Registry&) { leaked_number = pinned(); });
