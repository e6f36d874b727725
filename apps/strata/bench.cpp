// strata bench: single jobs against the machine's own limits, measured in the same run.
#include "strata/bench/bench.hpp"

#include "command_line.hpp"
#include "output.hpp"
#include "plugin_options.hpp"
#include "strata/core/json.hpp"
#include "verbs.hpp"

namespace strata::app {
namespace {

enum class Precisions { all, f32, bf16, int8 };

struct BenchVerbOptions {
  std::string device = BenchOptions().device;
  Precisions precision = Precisions::all;
  std::int64_t batch = BenchOptions().batch;
  double seconds = BenchOptions().seconds;
  bool json = false, profile = false;
  void visit(auto& option) {
    option("device", device, "name of a device that `strata devices` lists");
    option("batch", batch, "number of sentences in a training step").range(1, 1 << 16);
    option(
        "precision", precision,
        "number format of matrix products; all: f32, bf16 where the machine multiplies it faster, and int8 for "
        "decoding",
        {{"all", Precisions::all}, {"f32", Precisions::f32}, {"bf16", Precisions::bf16}, {"int8", Precisions::int8}});
    option("seconds", seconds, "seconds for which each job is measured").above(0).max(3600);
    option("json", json,
           "one JSON object per job instead of a line of text; batch and beam of decoding are fields of it");
    option("profile", profile,
           "table of the time of each op in one step of a job, and of the counters of the device, on standard error");
  }
};

void print_row(const BenchRow& row, bool json) {
  constexpr const char* kNames[] = {"f32", "bf16", "int8"};
  const char* precision = kNames[static_cast<int>(row.precision)];
  if (json) {
    Config object = Config::object({{"job", row.job},
                                    {"precision", precision},
                                    {"items_per_second", row.items_per_second},
                                    {"unit", row.unit},
                                    {"gflops", row.gflops},
                                    {"limit", row.limit},
                                    {"share", row.share}});
    if (row.batch > 0) {
      object.put("batch", row.batch);
      object.put("beam", row.beam);
    }
    write_out(write_json(object, 0) + "\n");
  } else {
    char line[200];
    std::string name = row.job;
    if (row.batch > 0) name += " " + std::to_string(row.batch) + "x" + std::to_string(row.beam);
    std::snprintf(line, sizeof line, "%-23s %-5s %12.1f %-10s %10.1f GFLOP/s %10.1f limit %6.1f %%\n", name.c_str(),
                  precision, row.items_per_second, (row.unit + "/s").c_str(), row.gflops, row.limit, 100 * row.share);
    write_out(line);
  }
  flush_out();
}

}  // namespace

int bench(const Arguments& words) {
  BenchVerbOptions options;
  PluginOptions plugin_options;
  BenchOptions job;
  std::string names;
  for (const BenchJob& known : bench_jobs()) names += (names.empty() ? "" : ", ") + known.name;
  CommandLine line("bench", "Times jobs, and compares the speed of each with the limit of this machine.");
  line.arguments("JOB", job.jobs, "jobs that are timed (left out: " + names + ")");
  line.options("Measuring", options);
  line.options("Plugins", plugin_options);
  if (!line.parse(words)) return 0;

  if (options.precision == Precisions::f32) job.precisions = {BenchPrecision::f32};
  if (options.precision == Precisions::bf16) job.precisions = {BenchPrecision::bf16};
  if (options.precision == Precisions::int8) job.precisions = {BenchPrecision::int8};
  job.device = options.device;
  job.batch = options.batch;
  job.seconds = options.seconds;
  job.profile = options.profile;
  job.row = [&](const BenchRow& row) { print_row(row, options.json); };
  job.table = [](const std::string& table) { std::fputs(table.c_str(), stderr); };
  PluginHost plugins;
  add_plugins(plugins, plugin_options);
  run_bench(job, default_registry());
  return 0;
}

}  // namespace strata::app
