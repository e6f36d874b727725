// Log lines and the interrupt flag.
#include "strata/core/log.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <string>
#include <vector>

#include "strata/core/error.hpp"
#include "strata/core/interrupt.hpp"

BOOST_AUTO_TEST_SUITE(log_lines)

BOOST_AUTO_TEST_CASE(levels_and_escapes) {
  std::vector<std::string> lines;
  const auto before = strata::set_log_sink([&](strata::LogLevel, std::string_view line) { lines.emplace_back(line); });
  strata::log_info("one\ntwo");
  strata::log_debug("unseen");
  strata::log_warning("careful");
  strata::log_error("plain");
  strata::log_error(strata::Error("E_X", "p", "m").what());
  strata::set_log_level(strata::LogLevel::error);
  strata::log_warning("unseen");
  strata::set_log_level(strata::LogLevel::info);
  strata::set_log_sink(before);
  const std::vector<std::string> wanted = {"strata: one\\x0atwo", "strata: warning: careful", "strata: error: plain",
                                           "strata: error[E_X] p: m"};
  BOOST_TEST(lines == wanted, boost::test_tools::per_element());
}

// In a child process: the first signal is noted, the second one ends it.
BOOST_AUTO_TEST_CASE(second_signal_ends_the_process) {
  const pid_t child = fork();
  if (child == 0) {
    strata::install_interrupt_handlers();
    raise(SIGTERM);
    if (strata::interrupted() != SIGTERM) _exit(1);
    strata::set_interrupted(0);
    raise(SIGINT);
    if (strata::interrupted() != SIGINT) _exit(2);
    raise(SIGINT);
    _exit(3);
  }
  int status = 0;
  waitpid(child, &status, 0);
  BOOST_TEST(WIFSIGNALED(status));
  BOOST_TEST(WTERMSIG(status) == SIGINT);
}

BOOST_AUTO_TEST_SUITE_END()
