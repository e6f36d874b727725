// settle_waiting: one exec, some milliseconds.
#include "waiting.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace strata::app {
namespace {

// Turns of libgomp's loop: longer than the gap between two kernels of a step, far shorter than a time slice.
constexpr const char* kSpins = "20000";

}  // namespace

void settle_waiting(char** words) {
  if (std::getenv("OMP_WAIT_POLICY") != nullptr || std::getenv("GOMP_SPINCOUNT") != nullptr) return;
  std::error_code fault;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", fault);
  if (fault || setenv("GOMP_SPINCOUNT", kSpins, 1) != 0) return;
  execv(program.c_str(), words);
}

}  // namespace strata::app
