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

void conform_all() {
  ConformanceOptions options;
  options.device = strata_test::cuda_device(R"("cuda")");
  int ran = 0, refused = 0;
  double worst = 0;
  for (const Op* op : all_ops()) {
    for (const Conformance& one : conform(*op, providers_of(*op, "cuda"), options)) {
      for (const std::string& failure : one.failures) BOOST_ERROR(op->name << ", " << one.provider << ", " << failure);
      for (const auto& [dtype, tally] : one.by_dtype) {
        ran += tally.ran;
        refused += tally.refused;
        worst = std::max(worst, tally.worst);
      }
    }
  }
  BOOST_TEST(ran > 2000);
  BOOST_TEST_MESSAGE(ran << " runs, " << refused << " refused, largest difference " << worst << " of the allowed one");
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_op_against_the_oracle) { conform_all(); }

// A team of four threads, two lanes by two warps: how rows are shared out. On a GPU there is no other way.
BOOST_AUTO_TEST_CASE(every_op_by_teams_of_threads) {
  if (std::getenv("STRATA_CUDA_PLUGIN") != nullptr) return;
  ::setenv("FAKE_CUDA_TEAM", "4", 1);
  conform_all();
  ::unsetenv("FAKE_CUDA_TEAM");
}

BOOST_AUTO_TEST_SUITE_END()
