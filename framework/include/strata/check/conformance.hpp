// Conformance of kernels: calls of an op in every dtype and memory layout, forward and backward, against the float64
// oracle. The tests of this house and `strata plugins test` are made of it.
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

// How calls are tried.
struct ConformanceOptions {
  std::int64_t seed = 1;           // of the examples' values; the library's own calls have fixed ones
  bool repeat = false;             // again at other addresses, and with another number of threads
  std::shared_ptr<Device> device;  // null: the CPU
};

// What came of one op's calls by one provider.
struct Conformance {
  // Counts of one dtype.
  struct Tally {
    int ran = 0, refused = 0;  // refused: not supported, by the kernel's own word
    double worst = 0;          // largest difference as a share of the allowed one
  };
  std::string provider;               // who served them
  std::map<DType, Tally> by_dtype;    // i64 stands for calls without floating inputs
  std::set<std::string> backward_by;  // who computed the gradients
  std::vector<std::string> failures;  // "[3,37], f32, padded: output 0: element 36 is ..."
  std::vector<std::string> unsteady;  // with `repeat`: calls whose bits were not the same three times
};

// Calls of `op` by each provider: a kernel's, "composition", "vjp" (the op's own gradient, after the oracle's forward)
// or "view". The oracle is the op's reference kernel, else its composition in f64 over those of others; the calls are
// the library's, for an op that a plugin brings its examples. Throws nothing: what is thrown meanwhile is a failure.
//
// A kernel may read its inputs, which lie dense, inside of wider tensors amid NaN, or with the last two axes stored the
// other way around; may write its outputs, which hold NaN before; and nothing else.
STRATA_API std::vector<Conformance> conform(const Op& op, std::span<const std::string> providers,
                                            const ConformanceOptions& options = {});

// Who can serve an op on a kind of device, the oracle aside.
STRATA_API std::vector<std::string> providers_of(const Op& op, std::string_view device_kind = "cpu");

// The ops that the library has calls for, and how many.
STRATA_API std::map<std::string, int> conformance_calls();

// What came of check_oracle.
struct OracleGradients {
  int calls = 0;                      // compared
  double worst = 0, tolerance = 0;    // differences relative to max(1, |numeric|)
  std::vector<std::string> failures;  // one line each
};
// The oracle's gradients against finite differences, in those of the library's calls that are small enough.
STRATA_API OracleGradients check_oracle(const Op& op);

}  // namespace strata
