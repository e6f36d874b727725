// The runs of training with which trainers are checked: a few updates of a small encoder-decoder.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "strata/core/config.hpp"
#include "strata/run/host.hpp"
#include "strata/train/observer.hpp"

namespace strata::detail {

inline constexpr std::int64_t kTrainerUpdates = 12;  // of a run, unless it is another number that is checked

// The reports of a run. after(n) is called after the n-th report of an update, from 1.
struct RunReports final : Observer {
  std::vector<RunReport> begins;
  std::vector<UpdateReport> updates;
  std::vector<EndReport> ends;
  std::function<void(std::size_t count)> after;

  void begin(const RunReport& report) override { begins.push_back(report); }
  void update(const UpdateReport& report) override {
    updates.push_back(report);
    if (after) after(updates.size());
  }
  void end(const EndReport& report) override { ends.push_back(report); }
};

// The contents of the files of a checkpoint that a resumed run reads, by their names.
using RunFiles = std::map<std::string, std::string>;

// Returns those of `latest`. Throws CheckFailed when there is no model.
RunFiles files_of(const std::string& run);
// Throws CheckFailed with `what` when a file is missing or differs.
void require_same_files(const RunFiles& got, const RunFiles& expected, const std::string& what);

class TrainerRuns {
 public:
  // spec: the trainer and its options, those of the loop excepted, which are set here.
  TrainerRuns(const Config& spec, std::int64_t seed, const Host& host);

  // True when the trainer has an option of this name.
  bool has_option(const std::string& name) const { return options_.count(name) > 0; }
  // The recipe for so many updates.
  Config recipe(std::int64_t updates = kTrainerUpdates) const;
  // Trains, or goes on with the run in the folder `output`. Throws what train_run() throws.
  EndReport train(std::int64_t updates, const std::string& output, Observer* observer = nullptr) const;

 private:
  const Host& host_;
  std::set<std::string> options_;  // names of the trainer's options
  Config recipe_;
};

}  // namespace strata::detail
