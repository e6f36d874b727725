// LoopRun: one run of a TrainLoop. Its parts: loop_run.cpp the loop and its limits, loop_start.cpp how it begins or
// goes on, loop_update.cpp one update, loop_boundary.cpp what happens between updates.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "strata/data/feed.hpp"
#include "strata/data/prefetcher.hpp"
#include "strata/model/batch.hpp"
#include "strata/train/metric.hpp"
#include "strata/train/train_loop.hpp"
#include "strata/train/validation.hpp"
#include "train/parameter_tree.hpp"
#include "train/phase_state.hpp"
#include "train/progress.hpp"
#include "train/weight_mean.hpp"

namespace strata::detail {

class LoopRun {
 public:
  LoopRun(const LoopOptions& options, const TrainJob& job, Objective& objective);
  EndReport run();

 private:
  // The micro-batches of an update.
  struct Gathered {
    std::vector<TensorBatch> batches;              // of this rank
    std::vector<bool> first;                       // for each: its state begins anew
    double weight = 0, sentences = 0, tokens = 0;  // counts over all ranks
  };
  // What all ranks have decided to do next.
  struct Decision {
    bool stop = false;   // a signal asked for it
    std::string reason;  // name of the limit that is reached, or empty
  };

  // loop_start.cpp
  void make_phases();
  void read_data();
  void resume();
  RunReport describe() const;

  // loop_samples.cpp
  void prepare_samples();
  void write_samples(const SampleOptions& options);

  // loop_run.cpp
  Decision decide() const;
  double elapsed() const;     // seconds, over resumes
  double share_done() const;  // 0..1 of the limit that will end the run
  double epochs_done() const;
  std::size_t phase_of(std::int64_t update) const;  // position of the phase that makes an update, from 1

  // loop_update.cpp
  void update();
  bool gather(std::size_t phase, Gathered& gathered);
  Tensor random_step(std::int64_t micro) const;
  Tensors step_inputs(const PhaseState& phase, const Gathered& gathered, double rate) const;
  Tensors device_step(std::size_t phase, const Tensors& inputs);
  void all_reduce(const PhaseState& phase, Tensor& statistics) const;
  bool skipped(double norm, double factor);
  [[noreturn]] void fail_diverged(std::int64_t update, const std::string& what) const;
  void check_weights() const;

  // loop_boundary.cpp
  void boundary(bool last);
  bool run_validation();  // whether `best` changed
  bool measure();         // false: a request to stop came
  void save();
  [[noreturn]] void stop();
  void report(double rate);
  std::vector<NamedTensor> step_state() const;  // of all phases, without the state from batch to batch
  void add_carry(std::vector<NamedTensor>& state) const;

  const LoopOptions& options_;
  const TrainJob& job_;
  Objective& objective_;
  Observers none_;
  Observer& observer_;
  ParameterTree tree_;
  std::shared_ptr<Feed> train_, valid_;
  std::vector<TextPair> valid_texts_;
  std::vector<SampleReport> samples_;  // with the newest outputs
  bool validates_ = false;
  std::unique_ptr<Prefetcher> batches_;
  std::vector<NamedParameter> saved_;  // parameters and buffers of the model
  std::vector<NamedParameter> extra_;  // parameters and buffers of the objective
  std::vector<std::unique_ptr<PhaseState>> phases_;
  std::int64_t cycle_ = 0;            // updates of all phases in turn
  std::vector<TensorBatch> columns_;  // batches with the columns of the present step, whose tensors are its inputs
  WeightMean mean_;
  std::vector<std::shared_ptr<Metric>> metrics_;
  Progress progress_;
  std::int64_t saved_update_ = 0;
  double elapsed_before_ = 0;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point window_start_;  // of the next report
  double window_tokens_ = 0;
};

}  // namespace strata::detail
