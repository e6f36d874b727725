// Observer: receives reports about a training run. It does not see the model.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "strata/core/export.hpp"

namespace strata {

// The report at the beginning of a run. A limit of 0 means that there is none.
struct RunReport {
  std::string output;                    // run folder
  std::string model, device, precision;  // names: "seq2seq", "cpu", "f32"
  std::int64_t parameters = 0;           // number of values in all parameters
  std::int64_t trained = -1;             // number of values in those that are not frozen; negative: not known
  std::int64_t start_update = 0;         // > 0 after a resume
  // Limits at which the run ends.
  std::int64_t max_updates = 0;
  double max_epochs = 0;
  double max_minutes = 0;
};

// A named number of an objective: "objective/kl", "loss/discriminator".
struct NamedValue {
  std::string name;  // name of a LossPart, or "loss/PHASE", "gradient_norm/PHASE" where there are several phases
  double value = 0;  // mean over the updates since the last report
};

// The report after every `train.report_every` updates. Means and speeds are over the updates since the last report.
struct UpdateReport {
  std::int64_t epoch = 0;          // 1, 2, ...
  std::int64_t update = 0;         // updates since the start of training, resumed runs included
  std::int64_t sentences = 0;      // sentences since the start of training
  std::int64_t target_tokens = 0;  // target tokens since the start of training
  double loss = 0;  // mean over the target tokens, in nats; with several phases, that of the first one with an update
  double perplexity = 0;           // exp(loss)
  double tokens_per_second = 0;    // target tokens per second
  double gradient_norm = 0;        // norm before clipping, over the same updates as `loss`
  double learning_rate = 0;        // rate of the last update
  double elapsed_seconds = 0;      // time of the run, resumed runs included
  double remaining_seconds = -1;   // negative: not known
  double progress = -1;            // 0..1, share of the limit that will end the run; negative: not known
  std::vector<NamedValue> values;  // further numbers, always in the same order
};

// One metric of a validation.
struct MetricReport {
  std::string name;       // "bleu"
  double value = 0;       // value in the unit of the metric
  double best = 0;        // best value so far, this one included
  bool improved = false;  // true when `value` is the best so far
  std::string signature;  // Metric::signature; may be empty
};

// A sample of what the model writes.
struct SampleReport {
  std::string input;      // prompt, or source text; may be empty
  std::string output;     // text that the model wrote for it, without the prompt; it may have line ends
  std::string reference;  // text that the data has for the input; empty: none
};

// The report of a validation.
struct ValidationReport {
  std::int64_t epoch = 0, update = 0;  // as in UpdateReport
  double elapsed_seconds = 0;          // time of the run, resumed runs included
  double seconds = 0;                  // time that this validation took
  std::vector<MetricReport> metrics;   // metrics; the first one chooses the `best` checkpoint
  std::vector<SampleReport> samples;   // those that `train.samples` asks for, always in the same order
};

// The report at the end of a run.
struct EndReport {
  std::string reason;                  // "max_updates", "early_stopping", "interrupted", ...
  std::int64_t epoch = 0, update = 0;  // as in UpdateReport
  double elapsed_seconds = 0;          // time of the run, resumed runs included
  std::string best;                    // folder of the best checkpoint; may be empty
};

// The severity of a message; a warning is about something that the user should correct.
enum class Severity { info, warning };

class STRATA_API Observer {
 public:
  virtual ~Observer();
  // All functions are called on the trainer's thread. message() may be called before begin(). end() is also called when
  // the run was stopped or has diverged, but not after another error.
  virtual void begin(const RunReport&) {}
  virtual void update(const UpdateReport&) {}
  virtual void validation(const ValidationReport&) {}
  virtual void message(Severity, const std::string&) {}
  virtual void end(const EndReport&) {}
};

// Passes all reports on to several observers, in the order in which they were added. When one of them throws
// E_IO_WRITE, the others get a warning, once, and training continues; any other error of an observer ends it.
class STRATA_API Observers final : public Observer {
 public:
  // Adds an observer, which gets reports after those added before.
  void add(std::shared_ptr<Observer> observer);
  // Pass a report on to each observer, in order.
  void begin(const RunReport&) override;
  void update(const UpdateReport&) override;
  void validation(const ValidationReport&) override;
  void message(Severity, const std::string&) override;
  void end(const EndReport&) override;

 private:
  std::vector<std::shared_ptr<Observer>> observers_;
};

}  // namespace strata
