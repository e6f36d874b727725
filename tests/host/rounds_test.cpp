// Every kind of bad input again and again, each time as a file that no host has seen: the host lives, says file and
// reason, keeps nothing of it, and loads a good plugin afterwards. STRATA_HOST_ROUNDS: how often, 5
// unless said.
#include <sys/resource.h>

#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <chrono>
#include <cstdlib>
#include <iomanip>
#include <ostream>
#include <sstream>

#include "host/kinds.hpp"

using namespace host_test;

namespace host_test {
std::ostream& operator<<(std::ostream& out, const Kind& kind) { return out << kind.name; }
}  // namespace host_test

namespace {

constexpr std::size_t kRounds = 5;

std::size_t rounds_of(const Kind& kind) {
  const char* wanted = std::getenv("STRATA_HOST_ROUNDS");
  const std::size_t rounds = wanted == nullptr ? kRounds : std::stoul(wanted);
  return std::min(rounds, kind.most_rounds);
}

// Printed, and compared with nothing: a busy machine stretches both.
struct Cost {
  double seconds = 0, processor_seconds = 0;  // by the clock; of this process and of the probes that it has waited for
};

double processor_seconds() {
  double out = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage used{};
    getrusage(static_cast<__rusage_who_t>(who), &used);
    for (const timeval& part : {used.ru_utime, used.ru_stime}) {
      out += static_cast<double>(part.tv_sec) + static_cast<double>(part.tv_usec) * 1e-6;
    }
  }
  return out;
}

std::string milliseconds(double seconds) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(1) << seconds * 1000 << " ms";
  return out.str();
}

template <class Call>
Cost cost_of(Call&& call) {
  const auto start = std::chrono::steady_clock::now();
  const double before = processor_seconds();
  call();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
          processor_seconds() - before};
}

// Its error; without a code when the file was taken.
strata::Error one_round(const Kind& kind, const std::string& file, std::size_t round, Cost& cost) {
  kind.make(file, round);
  Fresh fresh;
  strata::Error fault("", "", "");
  cost = cost_of([&] {
    try {
      kind.attempt(fresh, file);
    } catch (const strata::Error& thrown) {
      fault = thrown;
    }
  });
  if (fault.code().empty()) {
    BOOST_TEST(kind.may_load(), "it was taken");
    Fresh().check_alive();
    return fault;
  }
  const std::string line = fault.what();
  BOOST_TEST((kind.may_load() ? fault.code().rfind(kind.code, 0) == 0 : fault.code() == kind.code), line);
  BOOST_TEST(fault.place() == file);
  BOOST_TEST(line.find(file) != std::string::npos, line);
  BOOST_TEST(line.find(kind.says) != std::string::npos, "\"" << kind.says << "\" is not in " << line);
  BOOST_TEST(line.find("remembered") == std::string::npos, line);
  BOOST_TEST(fresh.registry.components().size() == kind.leaves);
  BOOST_TEST(fresh.host.loaded().size() == kind.leaves);
  fresh.check_alive();
  return fault;
}

// The system's loader goes by the path and unloads nothing: what is to be new needs a name that it has not seen.
std::string new_name(const std::string& word) {
  static int count = 0;
  return word + "-" + std::to_string(count++) + ".so";
}

void load_new_good_one(const std::string& file) {
  fs::copy_file(built("hello"), file);
  Fresh fresh;
  fresh.host.load(file);
  BOOST_TEST(fresh.registry.make<Greeter>("hello", {.whom = "new"})->greet() == "hello new");
}

void check_rounds(const Kind& kind) {
  const Memory memory;
  const std::size_t rounds = rounds_of(kind);
  BOOST_TEST(rounds > 0U);
  std::vector<double> seconds;
  double most_processor = 0;
  std::size_t taken = 0;
  std::string line;
  for (std::size_t round = 0; round < rounds; ++round) {
    const std::string file = memory.folder / new_name("bad");
    BOOST_TEST_CONTEXT(kind.name << ", round " << round << ", seed " << host_seed()) {
      Cost cost;
      const strata::Error fault = one_round(kind, file, round, cost);
      if (fault.code().empty()) {
        ++taken;
      } else {
        line = fault.what();
      }
      seconds.push_back(cost.seconds);
      most_processor = std::max(most_processor, cost.processor_seconds);
    }
    fs::remove_all(file);
    fs::remove(strata::manifest_path(file));
  }
  load_new_good_one(memory.folder / new_name("good"));

  std::sort(seconds.begin(), seconds.end());
  BOOST_TEST_MESSAGE(kind.name << ": " << rounds << " rounds, median " << milliseconds(seconds[rounds / 2])
                               << ", slowest " << milliseconds(seconds.back()) << ", at most "
                               << milliseconds(most_processor) << " of the processor; " << taken << " taken; " << line);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rounds)

BOOST_DATA_TEST_CASE(non_plugin, boost::unit_test::data::make(non_plugins()), kind) { check_rounds(kind); }
BOOST_DATA_TEST_CASE(damage, boost::unit_test::data::make(damaged()), kind) { check_rounds(kind); }
BOOST_DATA_TEST_CASE(mismatch, boost::unit_test::data::make(mismatched()), kind) { check_rounds(kind); }
BOOST_DATA_TEST_CASE(deed, boost::unit_test::data::make(hostile()), kind) { check_rounds(kind); }

BOOST_AUTO_TEST_SUITE_END()
