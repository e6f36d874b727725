// strata-probe LIBRARY: loads a plugin and runs its registration, with little memory and no core file, and says on
// descriptor 3 how that went. A host runs it before it loads a library for the first time.
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <exception>
#include <string>

#include "plugin/probe_words.hpp"
#include "strata/core/error.hpp"
#include "strata/plugin/probe.hpp"

namespace {

void limit(int resource, rlim_t most) {
  const rlimit value{most, most};
  setrlimit(static_cast<__rlimit_resource_t>(resource), &value);
}

[[noreturn]] void say(const std::string& words) {
  const ssize_t written = write(strata::detail::kProbeWords, words.data(), words.size());
  _exit(written == static_cast<ssize_t>(words.size()) ? 0 : 1);  // no destructor of the plugin's runs
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: strata-probe LIBRARY\n", stderr);
    return static_cast<int>(strata::Exit::usage);
  }
  limit(RLIMIT_CORE, 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  constexpr rlim_t kMemory = rlim_t{1} << 30U;  // a registration that wants more is at fault
  limit(RLIMIT_DATA, kMemory);
#endif
  try {
    strata::try_plugin(arguments[1]);
  } catch (const strata::Error& fault) {
    say(fault.code() + "\n" + fault.message() + "\n" + fault.hint());
  } catch (const std::exception& fault) {
    say(std::string("E_PLUGIN_REGISTER\nits registration failed: ") + fault.what() + "\n");
  }
  say(strata::detail::kProbeFine);
}
