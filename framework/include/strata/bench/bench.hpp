// Bench: times single jobs and compares them with the limits of the machine, which are measured in the same run.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/plugin/registry.hpp"

namespace strata {

// The measured limits of the machine.
struct MachineLimits {
  // GFLOP/s of a product of two matrices of 2,048 x 2,048 (8,192 x 8,192 on a GPU); int8: with 8-bit codes.
  double f32 = 0, bf16 = 0, int8 = 0;
  // GB/s of reading memory; on a GPU, GB/s of copying, where both the bytes read and the bytes written count.
  double bandwidth = 0;
};

// The number format of a job's matrix products; int8: weights in 8 bits, everything else in f32.
enum class BenchPrecision { f32, bf16, int8 };

// One job at one precision, timed.
struct BenchRow {
  std::string job;              // "peak", "bandwidth", "lstm", ...
  BenchPrecision precision;     // number format of its products
  double items_per_second = 0;  // see `unit`
  std::string unit;             // what an item is: "token", "product", "byte"
  double gflops = 0;            // GFLOP/s; the backward pass counts twice the forward
  double limit = 0;  // GFLOP/s that the job could reach at best: its products at the peak, then its updates at the
                     // bandwidth (for "bandwidth": GB/s)
  double share = 0;  // gflops / limit
  // For decoding, the sentences of a batch and the hypotheses of each sentence; 0 for other jobs.
  std::int64_t batch = 0, beam = 0;
};

// Which jobs are timed, for how long, and which functions receive the results.
struct BenchOptions {
  std::string device = "cpu";     // name of the device as in a recipe: see choose_device()
  std::vector<std::string> jobs;  // empty: all
  std::int64_t batch = 64;        // sentences in a training step of models of pairs, >= 1
  // Empty: f32, bf16 where the CPU multiplies it faster, and int8 for decoding. Training jobs have no int8 form and are
  // skipped for it.
  std::vector<BenchPrecision> precisions;
  // Seconds for which each job is measured.
  double seconds = 3;
  // True: one step of each job is profiled as well, with its ops and the counters of the device.
  bool profile = false;
  // Called with each row as soon as it is measured; the first rows are those of "peak".
  std::function<void(const BenchRow&)> row;
  // Called with the profile of each job as a text table.
  std::function<void(const std::string& table)> table;
};

// A job that can be timed.
struct BenchJob {
  std::string name, description;  // name: the word for BenchOptions::jobs; description: one line
};
// All jobs, in the order in which they run.
STRATA_API std::vector<BenchJob> bench_jobs();

// Measures the machine and times the jobs. Throws E_USAGE_JOB for an unknown job name (listing the known ones),
// E_DEVICE_* and E_PLUGIN_*.
STRATA_API void run_bench(const BenchOptions& options, Registry& registry);

}  // namespace strata
