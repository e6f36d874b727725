// Trainer "supervised": a single phase that minimises the loss of the model.
#include <memory>
#include <utility>

#include "strata/core/plugin_call.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/train/train_loop.hpp"
#include "train/roles.hpp"

namespace strata {
namespace {

struct SupervisedOptions {
  PhaseOptions phase;
  double label_smoothing = 0;
  LoopOptions loop;

  void visit(auto& option) {
    phase.visit(option);
    option("label_smoothing", label_smoothing, "probability mass of the label that is spread over all tokens")
        .min(0)
        .below(1);
    loop.visit(option);
  }
};

class SupervisedObjective final : public Objective {
 public:
  SupervisedObjective(std::shared_ptr<Model> model, const SupervisedOptions& options)
      : Objective(std::move(model)), options_(options) {}

  std::vector<Phase> phases() const override { return {{.name = "", .options = options_.phase}}; }
  Loss loss(const TensorBatch& batch, std::size_t) override {
    return in_plugin("loss()", model(), [&] { return model().loss(batch, {options_.label_smoothing}); });
  }

 private:
  const SupervisedOptions& options_;
};

class SupervisedTrainer final : public Trainer {
 public:
  using Options = SupervisedOptions;

  SupervisedTrainer(const Options& options, const Facts& facts) : options_(options) {
    options.loop.require_limit(facts.place);
  }

  EndReport run(const TrainJob& job) override {
    SupervisedObjective objective(job.model, options_);
    return TrainLoop(options_.loop, job, objective).run();
  }
  ResumeRules resume_rules() const override { return LoopOptions::resume_rules({""}); }

 private:
  Options options_;
};

}  // namespace

void register_trainers(Registry& registry) {
  registry.add<Trainer, SupervisedTrainer>("supervised",
                                           "gradient descent on the loss of the model over the examples of a split");
}

}  // namespace strata
