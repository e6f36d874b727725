// Signal handlers that only set a flag.
#include "strata/core/interrupt.hpp"

#include <atomic>
#include <csignal>

namespace strata {
namespace {

std::atomic<int> pending{0};
static_assert(std::atomic<int>::is_always_lock_free, "the handler may touch it");

extern "C" void note_signal(int signal) {
  int none = 0;
  if (pending.compare_exchange_strong(none, signal)) return;
  // The second one: the user does not want to wait. Unblocked when the handler returns, it then ends the process.
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

}  // namespace

void install_interrupt_handlers() {
  struct sigaction action = {};
  action.sa_handler = note_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM}) {
    struct sigaction before = {};
    sigaction(signal, nullptr, &before);
    if (before.sa_handler != SIG_IGN) sigaction(signal, &action, nullptr);  // nohup and the like stay in force
  }
}

int interrupted() noexcept { return pending.load(std::memory_order_relaxed); }
void set_interrupted(int signal) noexcept { pending = signal; }

}  // namespace strata
