// Bench: single jobs timed against the machine's own limits, measured in the same run.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/plugin/registry.hpp"

namespace strata {

// What the machine can do, as measured.
struct MachineLimits {
  double f32 = 0, bf16 = 0, int8 = 0;  // GFLOP/s of a matrix product of 2,048^3 (8,192^3 on a GPU); int8: 8-bit codes
  double bandwidth = 0;                // GB/s of reading memory; on a GPU of copying, read and written bytes counted
};

// What a job's products compute in; int8: weights in 8 bits, the rest in f32.
enum class BenchPrecision { f32, bf16, int8 };

// One job at one precision, timed.
struct BenchRow {
  std::string job;              // "peak", "bandwidth", "lstm", ...
  BenchPrecision precision;     // what its products compute in
  double items_per_second = 0;  // see `unit`
  std::string unit;             // what an item is: "token", "product", "byte"
  double gflops = 0;            // GFLOP/s; the backward pass counts twice the forward
  double limit = 0;  // GFLOP/s that the job could reach at best: its products at the peak, then its updates at the
                     // bandwidth (for "bandwidth": GB/s)
  double share = 0;  // of the limit
  std::int64_t batch = 0, beam = 0;  // of decoding: sentences at once, hypotheses of each; 0 elsewhere
};

// What is timed, for how long, and who is told.
struct BenchOptions {
  std::string device = "cpu";                           // as a recipe names it (choose_device)
  std::vector<std::string> jobs;                        // empty: all
  std::int64_t batch = 64;                              // sentences of a training step, >= 1
  std::vector<BenchPrecision> precisions;               // empty: f32, bf16 where the CPU multiplies it faster, and int8
                                                        // for decoding; a job that int8 has no sense for is left out
  double seconds = 3;                                   // of each job
  bool profile = false;                                 // also count ops, and what the device counts, of one step
  std::function<void(const BenchRow&)> row;             // called as each is done; the first is "peak"
  std::function<void(const std::string& table)> table;  // called with each job's profile
};

// Names and one-line descriptions of the jobs, in the order in which they run.
struct BenchJob {
  std::string name, description;  // name: as BenchOptions::jobs takes it
};
STRATA_API std::vector<BenchJob> bench_jobs();

// Throws E_USAGE_JOB for an unknown name (listing the known ones), E_DEVICE_*, E_PLUGIN_*.
STRATA_API void run_bench(const BenchOptions& options, Registry& registry);

}  // namespace strata
