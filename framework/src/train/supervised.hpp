// SupervisedRun: one run of the trainer "supervised". Its parts: supervised.cpp the loop, supervised_update.cpp one
// update, supervised_boundary.cpp what happens between updates.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ops/replayed_step.hpp"
#include "strata/data/feed.hpp"
#include "strata/data/prefetcher.hpp"
#include "strata/model/batch.hpp"
#include "strata/train/metric.hpp"
#include "strata/train/optimizer.hpp"
#include "strata/train/trainer.hpp"
#include "strata/train/validation.hpp"
#include "train/loss_scale.hpp"
#include "train/progress.hpp"
#include "train/supervised_options.hpp"
#include "train/weight_mean.hpp"

namespace strata::detail {

class SupervisedRun {
 public:
  SupervisedRun(const SupervisedOptions& options, const TrainJob& job);
  EndReport run();

 private:
  // The micro-batches of an update.
  struct Gathered {
    std::vector<TensorBatch> batches;              // of this rank
    std::vector<bool> first;                       // for each: its state begins anew
    double weight = 0, sentences = 0, tokens = 0;  // counts over all ranks
  };
  // What the next UpdateReport averages over.
  struct Window {
    std::int64_t updates = 0;
    double loss = 0, weight = 0, norm = 0, tokens = 0;
    std::chrono::steady_clock::time_point start;
  };

  // supervised.cpp
  void read_data();
  void make_parts();
  void resume();
  RunReport describe() const;
  std::string limit_reached() const;  // its name, or empty
  double elapsed() const;             // seconds, over resumes
  double share_done() const;          // 0..1 of the limit that will end the run
  double epochs_done() const;

  // supervised_update.cpp
  void update();
  bool gather(Gathered& gathered);
  Tensor random_step(std::int64_t micro) const;
  Tensors step_inputs(const Gathered& gathered, double rate) const;
  Tensors device_step(const Tensors& inputs);
  void all_reduce(Tensor& statistics) const;
  Tensor group_rates(double rate) const;  // [groups], f32
  void forget_gradients() const;
  std::vector<NamedTensor> step_state();  // the optimizer's and the loss scale's
  void add_carry(std::vector<NamedTensor>& state) const;
  bool skipped(double norm, double factor);
  [[noreturn]] void fail_diverged(std::int64_t update, const std::string& what) const;
  void check_weights() const;

  // supervised_boundary.cpp
  void boundary(bool last);
  bool run_validation();  // whether `best` changed
  bool measure();         // false: a request to stop came
  void save();
  void stop();
  void report(double rate);

  const SupervisedOptions& options_;
  const TrainJob& job_;
  Observers none_;
  Observer& observer_;
  std::shared_ptr<Feed> train_, valid_;
  std::vector<TextPair> valid_texts_;
  bool validates_ = false;
  std::unique_ptr<Prefetcher> batches_;
  std::vector<NamedParameter> saved_;    // parameters and buffers of the model
  std::vector<NamedParameter> trained_;  // parameters that are not frozen
  std::vector<double> rates_;            // factor of the learning rate of each of the optimizer's groups
  std::shared_ptr<Optimizer> optimizer_;
  std::shared_ptr<Schedule> schedule_;
  LossScale loss_scale_;
  ReplayedStep step_;
  std::vector<TensorBatch> columns_;  // batches with the columns of the present step, whose tensors are its inputs
  Tensors carry_;                     // state from the last batch to the next
  WeightMean mean_;
  std::vector<std::shared_ptr<Metric>> metrics_;
  Progress progress_;
  std::int64_t saved_update_ = 0;
  double elapsed_before_ = 0;
  std::chrono::steady_clock::time_point start_;
  Window window_;
};

}  // namespace strata::detail
