// Conformance of kernels: compares calls of an op, forward and backward, in every dtype and memory layout, with the
// float64 oracle. The conformance tests and `strata plugins test` use it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/device/device.hpp"
#include "strata/ops/op.hpp"

namespace strata {

// Options of conform().
struct ConformanceOptions {
  // Seed of the values of a plugin's examples; the values of the library's own calls are fixed.
  std::int64_t seed = 1;
  // True: each call is repeated with other memory addresses and with another number of threads, to find results that
  // vary.
  bool repeat = false;
  // Device on which the kernels run; null: the CPU.
  std::shared_ptr<Device> device;
};

// The results of the calls of one op by one provider.
struct Conformance {
  // Counts for one dtype.
  struct Tally {
    int ran = 0, refused = 0;  // refused: calls for which the kernel's `supports` returned false
    double worst = 0;          // largest difference from the oracle, divided by the allowed one
  };
  std::string provider;               // provider of the kernels: "onednn", "composition", ...
  std::map<DType, Tally> by_dtype;    // counts; calls without floating inputs count under i64
  std::set<std::string> backward_by;  // providers that computed the gradients
  std::vector<std::string> failures;  // "[3,37], f32, padded: output 0: element 36 is ..."
  std::vector<std::string> unsteady;  // with `repeat`: calls whose results were not the same to the bit each time
};

// Runs the test calls of `op` with each provider and compares the results with the oracle. A provider is that of a
// kernel, "composition", "vjp" (the op's own gradient function, after the oracle's forward pass) or "view". The oracle
// is the reference kernel of the op; without one, it is the op's composition in f64 over the reference kernels of other
// ops. The test calls are those of the library; for the op of a plugin, its Op::examples. Throws nothing: an exception
// of a call is reported as a failure.
//
// The inputs of a call are dense, or views inside wider tensors that hold NaN elsewhere, or have their last two axes
// swapped in memory. The outputs hold NaN before the call. A kernel may read its inputs and write its outputs, and may
// touch no other memory.
STRATA_API std::vector<Conformance> conform(const Op& op, std::span<const std::string> providers,
                                            const ConformanceOptions& options = {});

// The providers that can run an op on a kind of device, without the oracle.
STRATA_API std::vector<std::string> providers_of(const Op& op, std::string_view device_kind = "cpu");

// The ops for which the library has test calls, and how many calls each has.
STRATA_API std::map<std::string, int> conformance_calls();

// The result of check_oracle().
struct OracleGradients {
  int calls = 0;                      // calls that were compared
  double worst = 0, tolerance = 0;    // largest and allowed difference, relative to max(1, |numeric|)
  std::vector<std::string> failures;  // one line for each failed call
};
// Compares the gradients of the oracle with finite differences, for those of the library's test calls that are small
// enough.
STRATA_API OracleGradients check_oracle(const Op& op);

}  // namespace strata
