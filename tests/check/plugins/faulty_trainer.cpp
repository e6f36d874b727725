// Supervised training with one planted mistake (option "fault"), or none; and two trainers that the checks cannot use.
#include <strata/core/error.hpp>
#include <strata/core/interrupt.hpp>
#include <strata/core/plugin_call.hpp>
#include <strata/ops/elementwise.hpp>
#include <strata/plugin.hpp>
#include <strata/train/train_loop.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>

namespace {
using namespace strata;

struct FaultyOptions {
  std::string fault = "none";
  PhaseOptions phase;
  LoopOptions loop;
  void visit(auto& option) {
    option("fault", fault, "the mistake");
    phase.visit(option);
    loop.visit(option);
  }
};

class FaultyObjective final : public Objective {
 public:
  FaultyObjective(std::shared_ptr<Model> model, const FaultyOptions& options)
      : Objective(std::move(model)), options_(options) {}

  std::vector<Phase> phases() const override { return {{.name = "", .options = options_.phase}}; }
  Loss loss(const TensorBatch& batch, std::size_t) override {
    Loss out = in_plugin("loss()", model(), [&] { return model().loss(batch, {}); });
    ++calls_;
    if (is("ascends")) out.sum = -out.sum;
    if (is("idle")) out.sum = out.sum * 0.0;
    if (is("member")) out.sum = out.sum * (1 + 0.1 * calls_);  // a checkpoint does not have the number of calls
    if (is("chance")) out.sum = out.sum * (1 + 0.1 * static_cast<double>(std::random_device{}() % 8));
    if (is("number")) out.parts.push_back({"number", Tensor::scalar(calls_ == 3 ? std::nan("") : 1)});
    return out;
  }

 private:
  bool is(const char* fault) const { return options_.fault == fault; }

  const FaultyOptions& options_;
  int calls_ = 0;
};

class FaultyTrainer final : public Trainer {
 public:
  using Options = FaultyOptions;
  FaultyTrainer(const Options& options, const Facts& facts) : options_(options) {
    options.loop.require_limit(facts.place);
    if (is("silent")) options_.loop.report_every = 1 << 20;
    if (is("short")) options_.loop.max_updates = (options_.loop.max_updates + 1) / 2;
  }

  EndReport run(const TrainJob& job) override {
    if (is("forgets")) {  // each run is a new one
      for (const std::int64_t update : job.folder->checkpoints()) {
        std::filesystem::remove_all(job.folder->checkpoint(update));
      }
    }
    EndReport end = loop(job);
    if (is("reason")) end.reason = "enough";
    if (is("file")) std::ofstream(job.folder->path() + "/latest/model.safetensors", std::ios::app) << "more";
    if (is("unsaved")) std::filesystem::remove_all(job.folder->checkpoint(end.update));
    return end;
  }

  ResumeRules resume_rules() const override {
    ResumeRules rules = LoopOptions::resume_rules({""});
    if (is("place")) rules.fixed.emplace_back("optimiser.type");
    if (is("both")) rules.free.emplace_back("ema");
    return rules;
  }

 private:
  bool is(const char* fault) const { return options_.fault == fault; }
  EndReport loop(const TrainJob& job) const {
    for (;;) {
      FaultyObjective objective(job.model, options_);
      try {
        return TrainLoop(options_.loop, job, objective).run();
      } catch (const Error& error) {
        if (!is("deaf") || error.code() != "E_STOPPED") throw;
        set_interrupted(0);
      }
    }
  }

  Options options_;
};

// Trains models that the checks do not have.
class Particular final : public Trainer {
 public:
  struct Options {
    LoopOptions loop;
    void visit(auto& option) { loop.visit(option); }
  };
  explicit Particular(const Options&) {}
  EndReport run(const TrainJob&) override {
    throw Error("E_MODEL_CAPABILITY", "train.type", "the model is no painter", "set model.type to painter");
  }
};

// Has none of the usual limits.
class Endless final : public Trainer {
 public:
  EndReport run(const TrainJob&) override { return {"never", 0, 0, 0, {}}; }
};

}  // namespace

STRATA_PLUGIN("faulty-trainer", "1.0", [](strata::Registry& r) {
  r.add<strata::Trainer, FaultyTrainer>("faulty", "supervised training, with a mistake");
  r.add<strata::Trainer, Particular>("particular", "refuses the model");
  r.add<strata::Trainer, Endless>("endless", "without limits");
});
