// ProcessWatch. Handlers of signals call nothing but what may be called there: they write one line and end the process.
#include "strata/plugin/watch.hpp"

#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>

#include "core/loaded_code.hpp"
#include "device/thread_pool.hpp"
#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"

namespace strata {
namespace {

std::atomic<bool> watching{false};
std::atomic<pid_t> watched{0};  // a process that a plugin forks is none of ours

[[noreturn]] void leave(int status) {
  for (;;) syscall(SYS_exit_group, status);
}

// A line of limited length, without allocating.
class Line {
 public:
  Line& add(const char* text) {
    while (*text != 0 && size_ + 1 < sizeof(text_)) text_[size_++] = *text++;
    return *this;
  }
  Line& add(int number) {
    char digits[16];
    std::size_t at = sizeof(digits);
    digits[--at] = 0;
    unsigned rest = number < 0 ? 0U - static_cast<unsigned>(number) : static_cast<unsigned>(number);
    do {
      digits[--at] = static_cast<char>('0' + rest % 10);
      rest /= 10;
    } while (rest > 0);
    if (number < 0) digits[--at] = '-';
    return add(digits + at);
  }
  void write_out() {
    text_[size_++] = '\n';
    for (std::size_t done = 0; done < size_;) {
      const ssize_t wrote = ::write(STDERR_FILENO, text_ + done, size_ - done);
      if (wrote <= 0) return;
      done += static_cast<std::size_t>(wrote);
    }
  }

 private:
  char text_[2048];
  std::size_t size_ = 0;
};

struct Running {
  const detail::LoadedCode* plugin = nullptr;  // null: no plugin's code runs
  const char* function = nullptr;              // null: not known
};

// What runs at `place` (null: not known): the plugin whose code that is, else the one that was called last.
Running running_at(const void* place) {
  Running out;
  if (place != nullptr) out.plugin = detail::code_at(place);
  for (const PluginCall* call = detail::innermost_call; call != nullptr; call = call->outer()) {
    const detail::LoadedCode* plugin = detail::code_at(call->code());
    if (plugin == nullptr || (out.plugin != nullptr && plugin != out.plugin)) continue;
    return {plugin, call->function()};
  }
  return out;
}

[[noreturn]] void say_ended(int status) {
  watching = false;
  Line line;
  const Running running = running_at(nullptr);
  line.add("strata: error[E_PLUGIN_EXIT] ");
  if (running.plugin != nullptr) {
    line.add(running.plugin->file).add(": ").add(running.function).add(" of plugin ").add(running.plugin->name);
  } else {
    line.add("strata: a plugin");
  }
  line.add(" ended the program, with exit code ").add(status);
  line.add(" (a plugin throws what it cannot go on with)").write_out();
  leave(static_cast<int>(Exit::plugin));
}

bool is_ours() { return watching && getpid() == watched; }

void at_exit(int status, void*) {
  if (is_ours()) say_ended(status);
}

void at_quick_end() {
  if (is_ours()) say_ended(0);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

const char* name_of(int signal) {
  switch (signal) {
    case SIGSEGV: return "segmentation fault";
    case SIGBUS: return "bus error";
    case SIGFPE: return "arithmetic error";
    case SIGILL: return "illegal instruction";
    default: return "abort";
  }
}

const void* place_in(const void* context) {
  const auto* machine = static_cast<const ucontext_t*>(context);
#if defined(__x86_64__)
  return reinterpret_cast<const void*>(machine->uc_mcontext.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return reinterpret_cast<const void*>(machine->uc_mcontext.pc);
#else
  (void)machine;
  return nullptr;
#endif
}

extern "C" void on_crash(int signal, siginfo_t*, void* context) {
  const Running running = is_ours() ? running_at(place_in(context)) : Running();
  if (running.plugin == nullptr) {  // not ours to explain: as if there were no handler
    std::signal(signal, SIG_DFL);
    std::raise(signal);
    return;
  }
  Line line;
  line.add("strata: error[E_PLUGIN_CRASH] ").add(running.plugin->file).add(": signal ").add(signal);
  line.add(" (").add(name_of(signal)).add(") while ");
  line.add(running.function == nullptr ? "code" : running.function).add(" of plugin ").add(running.plugin->name);
  line.add(" ran").write_out();
  leave(static_cast<int>(Exit::plugin));
}

void watch_signals() {
  // A stack of its own, since the thread's may be what has run out.
  static char room[1U << 16U];
  stack_t stack = {};
  stack.ss_sp = room;
  stack.ss_size = sizeof(room);
  sigaltstack(&stack, nullptr);
  struct sigaction action = {};
  action.sa_sigaction = on_crash;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) sigaction(signal, &action, nullptr);
}

#else

void watch_signals() {}

#endif

}  // namespace

ProcessWatch::ProcessWatch() {
  watched = getpid();
  watching = true;
  on_exit(at_exit, nullptr);
  at_quick_exit(at_quick_end);
  watch_signals();
  // A block of a plugin's kernel runs in any thread of the pool; it is the same call.
  ThreadPool::inherit(
      {[]() noexcept -> const void* { return detail::innermost_call; },
       [](const void* call) noexcept { detail::innermost_call = static_cast<const PluginCall*>(call); }});
}

ProcessWatch::~ProcessWatch() { watching = false; }

void end_process(int status) noexcept {
  if (is_ours()) say_ended(status);
  leave(status);
}

}  // namespace strata
