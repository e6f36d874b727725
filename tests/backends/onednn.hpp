// What the tests of the oneDNN backend share: the plugin loaded through the door, where it was built.
#pragma once

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <filesystem>
#include <string>

#include "backends/compare.hpp"
#include "plugins/load.hpp"
#include "strata/device/kernels.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/matmul.hpp"
#include "strata/ops/random.hpp"
#include "strata/ops/shape.hpp"
#include "strata/ops/update.hpp"

namespace backend_test {

using namespace strata;

inline std::string library() { return std::string(STRATA_BINARY_DIR) + "/lib/strata/plugins/onednn.so"; }

inline boost::test_tools::assertion_result built(boost::unit_test::test_unit_id) {
  if (std::filesystem::exists(library())) return true;
  BOOST_TEST_MESSAGE("skip: built without oneDNN");
  return false;
}

struct Loaded {
  Loaded() {
    strata_test::plugins().load_extensions("kernels/cpu/");  // through the one host of this process
  }
};

// The composition rounds to bf16 after every op, the kernels once: in a recurrence that adds up.
inline double tolerance(DType dtype) { return dtype == DType::bf16 ? 4e-2 : 5e-6; }
inline constexpr DType kTypes[] = {DType::f32, DType::bf16};

inline std::string label(const char* name, DType dtype) { return std::string(name) + " " + name_of(dtype); }

// The storage is a weight: kernels may keep packed copies.
inline Tensor weight(Tensor tensor) {
  tensor.set_constant(true);
  return tensor;
}

}  // namespace backend_test
