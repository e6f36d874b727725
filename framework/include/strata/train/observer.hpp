// Observer: is told what a training run does. Sees reports, never the model.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "strata/core/export.hpp"

namespace strata {

// Limits are 0 where there is none.
struct RunReport {
  std::string output;                    // run folder
  std::string model, device, precision;  // names: "seq2seq", "cpu", "f32"
  std::int64_t parameters = 0;           // numbers in all of them
  std::int64_t start_update = 0;         // > 0 after a resume
  // The limits.
  std::int64_t max_updates = 0;
  double max_epochs = 0;
  double max_minutes = 0;
};

// One report every `train.report_every` updates; means and speeds are of the updates since the last one.
struct UpdateReport {
  std::int64_t epoch = 0;          // 1, 2, ...
  std::int64_t update = 0;         // from the start of training, over resumes
  std::int64_t sentences = 0;      // from the start of training
  std::int64_t target_tokens = 0;  // from the start of training
  double loss = 0;                 // nats a target token
  double perplexity = 0;           // exp(loss)
  double tokens_per_second = 0;    // target tokens
  double gradient_norm = 0;        // before clipping
  double learning_rate = 0;        // of the last update
  double elapsed_seconds = 0;      // of the run, over resumes
  double remaining_seconds = -1;   // negative: not known
  double progress = -1;            // 0..1 of the limit that will end the run; negative: not known
};

// One metric of a validation.
struct MetricReport {
  std::string name;       // "bleu"
  double value = 0;       // in the metric's own unit
  double best = 0;        // so far, this one included
  bool improved = false;  // `value` is the best so far
  std::string signature;  // Metric::signature; may be empty
};

// One report a validation.
struct ValidationReport {
  std::int64_t epoch = 0, update = 0;  // as in UpdateReport
  double elapsed_seconds = 0;          // of the run, over resumes
  double seconds = 0;                  // that this validation took
  std::vector<MetricReport> metrics;   // the one that chooses `best` first
};

// How a run ended.
struct EndReport {
  std::string reason;                  // "max_updates", "early_stopping", "interrupted", ...
  std::int64_t epoch = 0, update = 0;  // as in UpdateReport
  double elapsed_seconds = 0;          // of the run, over resumes
  std::string best;                    // checkpoint folder; may be empty
};

// Of a message; a warning tells of something to put right.
enum class Severity { info, warning };

class STRATA_API Observer {
 public:
  virtual ~Observer();
  // Called on the trainer's thread. Messages may come before begin; end comes after a stop and a divergence, too, but
  // not after another error.
  virtual void begin(const RunReport&) {}
  virtual void update(const UpdateReport&) {}
  virtual void validation(const ValidationReport&) {}
  virtual void message(Severity, const std::string&) {}
  virtual void end(const EndReport&) {}
};

// Hands everything on, in order. What one cannot write (E_IO_WRITE) is a warning to the others, once, and the training
// goes on; any other error of an observer ends it.
class STRATA_API Observers final : public Observer {
 public:
  // Told after those that are there already.
  void add(std::shared_ptr<Observer> observer);
  // Handed to each, in order.
  void begin(const RunReport&) override;
  void update(const UpdateReport&) override;
  void validation(const ValidationReport&) override;
  void message(Severity, const std::string&) override;
  void end(const EndReport&) override;

 private:
  std::vector<std::shared_ptr<Observer>> observers_;
};

}  // namespace strata
