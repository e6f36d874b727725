// run_bench: the machine's limits first, then each job as a share of the limit that binds it.
#include "strata/bench/bench.hpp"

#include <algorithm>
#include <chrono>

#include "bench/jobs.hpp"
#include "strata/autograd/profile.hpp"
#include "strata/core/error.hpp"
#include "strata/device/parallel.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/matmul.hpp"
#include "strata/ops/quantized.hpp"
#include "strata/ops/random.hpp"
#include "strata/ops/update.hpp"
#include "strata/run/devices.hpp"
#include "strata/tensor/context.hpp"

namespace strata {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

bool has_queue() { return context().device != nullptr; }
void wait() {
  if (has_queue()) context().device->synchronize();
}

// Median seconds of a step, after three that are not counted. Where there is a queue, of ten at a time: the host is
// ahead of the device, as in training.
double median_seconds(const std::function<void()>& step, double budget) {
  constexpr int kWarm = 3;
  constexpr std::size_t kLeast = 5;
  const int together = has_queue() ? 10 : 1;
  for (int i = 0; i < kWarm; ++i) step();
  wait();
  std::vector<double> times;
  const auto start = Clock::now();
  while (times.size() < kLeast || seconds_since(start) < budget) {
    const auto begin = Clock::now();
    for (int i = 0; i < together; ++i) step();
    wait();
    times.push_back(seconds_since(begin) / together);
  }
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

// What the parts compute in that have no weights in 8 bits.
DType dtype_of(BenchPrecision precision) { return precision == BenchPrecision::bf16 ? DType::bf16 : DType::f32; }

std::int64_t peak_size() { return has_queue() ? 8192 : 2048; }
double peak_flops() {
  const auto size = static_cast<double>(peak_size());
  return 2 * size * size * size;
}

// What a plain fill would make faster than data does: drawn, not constant.
Tensor random_matrix(std::uint64_t key, DType dtype) {
  const Shape shape{peak_size(), peak_size()};
  return cast(affine(uniform(shape, {key}), 2, -1), dtype);
}

double measure_peak(BenchPrecision precision, double seconds) {
  const NoGrad scope;
  const Tensor a = random_matrix(1, dtype_of(precision)), b = random_matrix(2, dtype_of(precision));
  b.set_constant(true);  // a weight, as a layer's: kernels may pack it once
  std::function<void()> product = [&] { (void)matmul(a, b); };
  Int8Rows codes;
  if (precision == BenchPrecision::int8) {
    codes = quantize_rows(b);
    codes.codes.set_constant(true);
    product = [&] { (void)linear_int8(a, codes); };
  }
  return peak_flops() / median_seconds(product, seconds) * 1e-9;
}

// GB/s of copying 1 GiB, read and written bytes counted.
double measure_copy(double seconds) {
  const Tensor from = Tensor::zeros({std::int64_t{1} << 28}), to = Tensor::zeros(from.shape());
  return 2 * 4 * static_cast<double>(from.numel()) / median_seconds([&] { copy_into(to, from); }, seconds) * 1e-9;
}

// GB/s of summing 256 MiB with every thread.
double measure_reading(double seconds) {
  constexpr std::int64_t kCount = std::int64_t{64} << 20;
  const std::vector<float> memory(static_cast<std::size_t>(kCount), 1.0F);  // given back: a tensor's would be kept
  const float* values = memory.data();
  std::vector<double> totals(static_cast<std::size_t>(thread_count()));
  const double time = median_seconds(
      [&] {
        const auto parts = static_cast<std::int64_t>(totals.size());
        parallel_for(0, parts, 1, [&](std::int64_t first, std::int64_t last) {
          for (std::int64_t part = first; part < last; ++part) {
            float lanes[64] = {};  // independent sums, so that no addition waits for the one before
            for (std::int64_t i = kCount * part / parts; i + 64 <= kCount * (part + 1) / parts; i += 64) {
              for (int lane = 0; lane < 64; ++lane) lanes[lane] += values[i + lane];
            }
            totals[static_cast<std::size_t>(part)] = static_cast<double>(lanes[0] + lanes[63]);
          }
        });
      },
      seconds);
  return static_cast<double>(kCount) * 4 / time * 1e-9;
}

bool chosen(const BenchOptions& options, const std::string& job) {
  return options.jobs.empty() || std::find(options.jobs.begin(), options.jobs.end(), job) != options.jobs.end();
}

void check_names(const BenchOptions& options) {
  std::vector<std::string> known;
  std::string list;
  for (const BenchJob& job : bench_jobs()) {
    known.push_back(job.name);
    list += (list.empty() ? "" : ", ") + job.name;
  }
  for (const std::string& name : options.jobs) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string near = nearest_name(name, known);
    throw Error("E_USAGE_JOB", "bench", "no job '" + name + "'",
                (near.empty() ? "" : "did you mean '" + near + "'? ") + ("known: " + list));
  }
}

double peak_of(const MachineLimits& limits, BenchPrecision precision) {
  switch (precision) {
    case BenchPrecision::f32: return limits.f32;
    case BenchPrecision::bf16: return limits.bf16;
    case BenchPrecision::int8: return limits.int8;
  }
  return 0;
}

std::vector<DeviceCount> counts() { return has_queue() ? context().device->counts() : std::vector<DeviceCount>(); }

// One line of what the device counted since.
std::string counted(const std::vector<DeviceCount>& before) {
  const std::vector<DeviceCount> now = counts();
  std::string line;
  for (std::size_t i = 0; i < now.size(); ++i) {
    line += (line.empty() ? "device: " : ", ") + std::to_string(now[i].value - before[i].value) + " " + now[i].name;
  }
  return line.empty() ? line : line + "\n";
}

BenchRow timed_job(const std::string& name, const detail::Job& job, BenchPrecision precision,
                   const MachineLimits& limits, const BenchOptions& options) {
  const double seconds = median_seconds(job.step, options.seconds);
  if (options.profile) {
    const std::vector<DeviceCount> before = counts();
    Profile profile;
    context().profile = &profile;
    job.step();
    context().profile = nullptr;
    if (options.table) options.table(profile.table() + counted(before));
  }
  const double peak = peak_of(limits, precision);
  const double best = job.flops / (peak * 1e9) + job.memory_bytes / (limits.bandwidth * 1e9);
  BenchRow row{name, precision, job.items / seconds, job.unit, job.flops / seconds * 1e-9, job.flops / best * 1e-9};
  row.share = row.gflops / row.limit;
  row.batch = job.batch;
  row.beam = job.beam;
  return row;
}

void timed_jobs(const detail::JobKind& kind, BenchPrecision precision, const MachineLimits& limits,
                const BenchOptions& options, Registry& registry) {
  const ContextScope scope;
  Context& here = context();
  here.compute = dtype_of(precision);
  here.training = true;
  for (const detail::Job& job :
       (precision == BenchPrecision::int8 ? kind.make_int8 : kind.make)({registry, options.batch})) {
    const BenchRow row = timed_job(kind.name, job, precision, limits, options);
    if (options.row) options.row(row);
  }
}

}  // namespace

std::vector<BenchJob> bench_jobs() {
  std::vector<BenchJob> jobs = {
      {"peak", "product of two 2,048 x 2,048 matrices (8,192 x 8,192 on a GPU): the limit of arithmetic"},
      {"bandwidth", "reading of 256 MiB (on a GPU, copy of 1 GiB): the limit of memory"}};
  for (const detail::JobKind& kind : detail::job_kinds()) jobs.push_back({kind.name, kind.description});
  return jobs;
}

void run_bench(const BenchOptions& options, Registry& registry) {
  check_names(options);
  const ContextScope scope;
  context().device = choose_device(options.device, registry);
  context().random_step = Tensor::full({}, 1, DType::i64);
  const auto report = [&](const BenchRow& row) {
    if (options.row) options.row(row);
  };
  MachineLimits limits;
  limits.f32 = measure_peak(BenchPrecision::f32, options.seconds);
  const auto asked = [&](BenchPrecision precision) {
    return options.precisions.empty() ||
           std::find(options.precisions.begin(), options.precisions.end(), precision) != options.precisions.end();
  };
  if (asked(BenchPrecision::bf16)) limits.bf16 = measure_peak(BenchPrecision::bf16, options.seconds);
  if (asked(BenchPrecision::int8)) limits.int8 = measure_peak(BenchPrecision::int8, options.seconds);
  std::vector<BenchPrecision> precisions = options.precisions;
  if (precisions.empty()) {
    precisions = {BenchPrecision::f32};
    if (limits.bf16 > limits.f32) precisions.push_back(BenchPrecision::bf16);
    precisions.push_back(BenchPrecision::int8);
  }
  for (const BenchPrecision precision : precisions) {
    const double gflops = peak_of(limits, precision);
    report({"peak", precision, gflops * 1e9 / peak_flops(), "product", gflops, gflops, 1});
  }
  limits.bandwidth = has_queue() ? measure_copy(options.seconds) : measure_reading(options.seconds);
  report({"bandwidth", BenchPrecision::f32, limits.bandwidth * 1e9, "byte", 0, limits.bandwidth, 1});
  for (const detail::JobKind& kind : detail::job_kinds()) {
    if (!chosen(options, kind.name)) continue;
    for (const BenchPrecision precision : precisions) {
      if (precision == BenchPrecision::int8 && kind.make_int8 == nullptr) continue;
      timed_jobs(kind, precision, limits, options, registry);
    }
  }
}

}  // namespace strata
