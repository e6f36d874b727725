// strata-probe LIBRARY: loads a plugin and runs its registration, with little memory and no core file, and says on
// descriptor 3 how that went. What is fine so far ends as a host ends, with the plugin's own last words run: its parent
// sees whether that crashes. A host runs it before it loads a library for the first time.
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <thread>

#include "plugin/probe_words.hpp"
#include "strata/core/error.hpp"
#include "strata/plugin/probe.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// The sanitizers map too much for a limit of the system's. A plugin's leaks are for its own tests.
extern "C" __attribute__((visibility("default"))) const char*
#if defined(__SANITIZE_ADDRESS__)
__asan_default_options() {  // NOLINT(bugprone-reserved-identifier)
#else
__tsan_default_options() {  // NOLINT(bugprone-reserved-identifier)
#endif
  return "detect_leaks=0:hard_rss_limit_mb=512";
}
#endif

namespace {

void limit(int resource, rlim_t most) {
  const rlimit value{most, most};
  setrlimit(static_cast<__rlimit_resource_t>(resource), &value);
}

bool say(const std::string& words) {
  return write(strata::detail::kProbeWords, words.data(), words.size()) == static_cast<ssize_t>(words.size());
}

// Without the plugin's destructors.
[[noreturn]] void fail(const std::string& words) { _exit(say(words) ? 0 : 1); }

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: strata-probe LIBRARY\n", stderr);
    return static_cast<int>(strata::Exit::usage);
  }
  limit(RLIMIT_CORE, 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // A registration that wants more is at fault; libraries that start threads at once need room for their stacks.
  constexpr rlim_t kMemory = rlim_t{1} << 29U, kStack = rlim_t{1} << 24U;
  limit(RLIMIT_DATA, kMemory + kStack * std::thread::hardware_concurrency());
#endif
  try {
    strata::try_plugin(arguments[1]);
  } catch (const strata::Error& fault) {
    fail(fault.code() + "\n" + fault.message() + "\n" + fault.hint());
  } catch (const std::exception& fault) {
    fail(std::string("E_PLUGIN_REGISTER\nits registration failed: ") + fault.what() + "\n");
  }
  return say(strata::detail::kProbeFine) ? 0 : 1;
}
