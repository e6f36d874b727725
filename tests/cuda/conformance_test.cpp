// The CUDA kernels' arithmetic and index maps against the float64 oracle, each op in every dtype and memory layout, run
// block by block on the host: what a GPU adds is the launch and the threads of a team.
#include "strata/check/conformance.hpp"

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include <boost/test/unit_test.hpp>

#include "cuda/host_plugin.hpp"
#include "strata/device/kernels.hpp"

using namespace strata;

BOOST_AUTO_TEST_SUITE(cuda_conformance)

BOOST_AUTO_TEST_CASE(every_primitive_has_a_kernel) {
  (void)strata_test::cuda_plugin();
  for (const Op* op : all_ops()) {
    if (op->compose != nullptr || op->view != nullptr) continue;
    BOOST_TEST(!kernels_for("cuda", op->name).empty(), "no kernel for " << op->name);
  }
}

namespace {

void conforms(const Op& op) {
  ConformanceOptions options;
  options.device = strata_test::cuda_device(R"("cuda")");
  int ran = 0, refused = 0;
  double worst = 0;
  for (const Conformance& one : conform(op, providers_of(op, "cuda"), options)) {
    for (const std::string& failure : one.failures) BOOST_ERROR(op.name << ", " << one.provider << ", " << failure);
    for (const auto& [dtype, tally] : one.by_dtype) {
      ran += tally.ran;
      refused += tally.refused;
      worst = std::max(worst, tally.worst);
    }
  }
  BOOST_TEST(ran + refused > 0);
  BOOST_TEST_MESSAGE(op.name << ": " << ran << " runs, " << refused << " refused, largest difference " << worst
                             << " of the allowed one");
}

// A team of four threads, two lanes by two warps: how rows are shared out. On a GPU there is no other way.
void conforms_by_teams_of_threads(const Op& op) {
  ::setenv("FAKE_CUDA_TEAM", "4", 1);
  conforms(op);
  ::unsetenv("FAKE_CUDA_TEAM");
}

// One case an op, so that each can be run alone: --run_test=cuda_conformance/every_op/matmul
boost::unit_test::test_suite* every_op(const char* name, void (*check)(const Op&)) {
  auto* suite = BOOST_TEST_SUITE(name);
  for (const Op* op : all_ops()) {
    suite->add(boost::unit_test::make_test_case([=] { check(*op); }, op->name, __FILE__, __LINE__));
  }
  return suite;
}

const bool added = [] {
  auto& suite = boost::unit_test::framework::current_auto_test_suite();
  suite.add(every_op("every_op", conforms));
  if (std::getenv("STRATA_CUDA_PLUGIN") == nullptr) {
    suite.add(every_op("every_op_by_teams_of_threads", conforms_by_teams_of_threads));
  }
  return true;
}();

}  // namespace

BOOST_AUTO_TEST_SUITE_END()
