// How much memory a call takes at its peak, as the system counts it: resident bytes above those before.
#pragma once

#include <malloc.h>

#include <fstream>
#include <string>

namespace strata::test {

// A sanitizer takes memory of its own for each byte, which says nothing about the program.
#if defined(STRATA_SANITIZED)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
#else
constexpr bool kSanitized = false;
#endif

// A line "NAME:  N kB" of /proc/self/status, in bytes.
inline double status_bytes(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kilobytes = 0;
    if (word == name + ":" && status >> kilobytes) return kilobytes * 1024;
  }
  return 0;
}

template <class Call>
double peak_of(Call&& call) {
  malloc_trim(0);  // so that what earlier calls gave back counts again
  std::ofstream("/proc/self/clear_refs") << 5;
  const double before = status_bytes("VmRSS");
  call();
  return status_bytes("VmHWM") - before;
}

}  // namespace strata::test
