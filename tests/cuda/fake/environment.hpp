// Variables of the environment choose what goes wrong in a stand-in.
#pragma once

#include <cstdlib>

namespace fake {

inline long long number(const char* name, long long fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::atoll(text);
}

}  // namespace fake
