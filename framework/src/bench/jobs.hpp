// The jobs of the bench: what each runs, how much arithmetic that is. Private to libstrata.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "strata/plugin/registry.hpp"

namespace strata::detail {

// One job, set up: call step() again and again.
struct Job {
  std::function<void()> step;
  double flops = 0;         // of a step
  double update_bytes = 0;  // that the optimizer must move in a step
  double items = 0;         // of a step
  std::string unit;
};

struct JobKind {
  const char* name;
  const char* description;
  Job (*make)(Registry& registry);
};

// After "peak" and "bandwidth", which come first.
const std::vector<JobKind>& job_kinds();

Job make_lstm(Registry& registry);
Job make_gru(Registry& registry);
Job make_seq2seq(Registry& registry);

}  // namespace strata::detail
