// Plugins whose descriptor is right and whose deeds are not.
#include "host/kinds.hpp"

namespace host_test {
namespace {

Kind plugin(const std::string& name, const std::string& built_as, const std::string& code, const std::string& says) {
  return {name, code, says, [built_as](const std::string& file, std::size_t) { fs::copy_file(built(built_as), file); }};
}

Kind hanging(const std::string& name, const std::string& built_as, const std::string& says, std::size_t most_rounds) {
  Kind out = plugin(name, built_as, "E_PLUGIN_PROBE", says + " within 5 s");
  out.most_rounds = most_rounds;
  return out;
}

// Loads well, and registers one more component when its first is made.
Kind late() {
  Kind out = plugin("registers too late", "late", "E_PLUGIN_REGISTER", "registers after its registration has ended");
  out.attempt = [](Fresh& fresh, const std::string& file) {
    fresh.host.load(file);
    fresh.registry.make<Greeter>("late");
  };
  out.leaves = 1;
  return out;
}

}  // namespace

std::vector<Kind> hostile() {
  const std::string probe = "E_PLUGIN_PROBE", registers = "E_PLUGIN_REGISTER", symbol = "E_PLUGIN_SYMBOL";
#if defined(STRATA_SANITIZED)
  // They turn a signal into an exit code, and a limit of memory into another.
  const std::string crashed = "ended the process while it was loaded, exit code ", aborted = "while it was loaded",
                    crashed_at_end = "made its process end with exit code ";
  const Kind devour = plugin("infinite allocation", "register_devour", probe, crashed);
#else
  const std::string crashed = "crashed while it was loaded: signal 11",
                    aborted = "crashed while it was loaded: signal 6",
                    crashed_at_end = "crashed when its process ended: signal 11";
  const Kind devour = plugin("infinite allocation", "register_devour", registers, "bad_alloc");
#endif
  return {
      plugin("library that is no plugin", "no_symbol", symbol, "does not export strata_plugin_v1"),
      plugin("null descriptor", "zero", symbol, "strata_plugin_v1 is all zeros"),
      plugin("null registration", "null", symbol, "holds no registration"),
      plugin("symbols that are nowhere", "lacks", "E_PLUGIN_LOAD", "gone_since"),
      plugin("libraries that are nowhere", "needs_nowhere", "E_PLUGIN_LOAD", "libnowhere.so"),
      plugin("crash at load", "load_crash", probe, crashed),
      plugin("crash", "register_crash", probe, crashed),
      plugin("crash at the end", "register_crash_at_end", probe, crashed_at_end),
      plugin("abort at load", "load_abandon", probe, aborted),
      plugin("abort", "register_abandon", probe, aborted),
      plugin("abort that leaves a child", "register_leave_a_child", probe, aborted),
      plugin("_exit at load", "descriptor", probe, "exit code 99"),
      plugin("exit at load", "load_end", probe, "exit code 0"),
      plugin("exit", "register_end", probe, "exit code 0"),
      plugin("throw of int at load", "load_raise_int", probe, aborted),
      plugin("throw of int", "throws_int", registers, "something that is no exception class"),
      plugin("throw of std::runtime_error", "throws_standard", registers, "not today"),
      plugin("throw of Error", "throws_error", registers, "error[E_MODEL_BAD] here: said so"),
      plugin("deep recursion", "register_overflow", probe, crashed),
      devour,
      plugin("words on the probe's pipe", "register_babble", probe, "spoke on the probe's own pipe"),
      plugin("component named ../", "odd_name", "E_PLUGIN_NAME", "\"../odd\" is no plain name"),
      plugin("component named with control bytes", "control_component", "E_PLUGIN_NAME", R"("odd\x1b[2J" is no plain)"),
      plugin("registers twice", "twice", "E_PLUGIN_DUPLICATE", "greeter/again is already registered by "),
      late(),
      hanging("hang at load", "load_hang", "did not end its loading", 1),
      hanging("hang", "register_hang", "did not end its loading", 3),
      hanging("slow", "register_slow", "did not end its loading", 1),
      hanging("hang at the end", "register_hang_at_end", "kept its process from ending", 1),
  };
}

}  // namespace host_test
