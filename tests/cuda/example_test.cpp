// A plugin author's op with a CUDA kernel of his own (plugins/examples/swish_kernel.cu) on the device "cuda": the
// kernel serves, its composition where it does not, and both agree with the float64 oracle in every dtype and layout.
#include <algorithm>

#include <boost/test/unit_test.hpp>

#include "cuda/host_plugin.hpp"
#include "strata/check/conformance.hpp"

using namespace strata;

BOOST_AUTO_TEST_SUITE(cuda_conformance)

BOOST_AUTO_TEST_CASE(an_authors_own_kernel) {
  ConformanceOptions options;
  options.device = strata_test::cuda_device(R"("cuda")");
  options.repeat = true;
  strata_test::load_example();
  const Op* op = find_op("bias_swish");
  BOOST_REQUIRE(op != nullptr);
  const std::vector<std::string> providers = providers_of(*op, "cuda");
  BOOST_TEST(providers == (std::vector<std::string>{"swish", "fused", "composition"}),
             boost::test_tools::per_element());
  for (const Conformance& one : conform(*op, providers, options)) {
    for (const std::string& failure : one.failures) BOOST_ERROR(one.provider << ", " << failure);
    for (const std::string& call : one.unsteady) BOOST_ERROR(one.provider << ", other bits the second time: " << call);
    const bool own = one.provider == "swish";           // fused: in the dtypes that it leaves
    BOOST_TEST(one.by_dtype.at(DType::f32).ran >= 15);  // five calls, each in three layouts or more
    BOOST_TEST(one.by_dtype.at(DType::bf16).ran == (own ? 0 : one.by_dtype.at(DType::f32).ran));
    BOOST_TEST(one.backward_by.count("swish") == (own ? 1U : 0U));
    BOOST_TEST_MESSAGE(one.provider << ": " << one.by_dtype.at(DType::f32).ran << " runs in f32, largest difference "
                                    << one.by_dtype.at(DType::f32).worst << " of the allowed one");
  }
}

BOOST_AUTO_TEST_SUITE_END()
