// Objective: what a trainer minimises. A TrainLoop does the rest: batches, gradients, updates, checkpoints, reports.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/data/batch.hpp"
#include "strata/model/loss.hpp"
#include "strata/model/model.hpp"
#include "strata/nn/layer.hpp"
#include "strata/train/phase.hpp"

namespace strata {

// The base class of objectives. It is no role: a trainer (role "trainer") makes one and gives it to a TrainLoop.
//
// An objective is a layer, so that it can have layers of its own, which are trained in addition to the model (a
// discriminator, a value network), and buffers (a running mean, an adaptive coefficient). The loop materialises them; a
// checkpoint has them with the state of the optimizer, not with the model, as only training reads them.
class STRATA_API Objective : public Layer {
 public:
  // model: the materialised model of the TrainJob.
  explicit Objective(std::shared_ptr<Model> model) : model_(std::move(model)) {}
  ~Objective() override;

  // The phases, at least one, in their order. The loop calls it once, before it begins.
  virtual std::vector<Phase> phases() const = 0;

  // Returns the loss summed over the batch, with its graph, as Model::loss() does. phase: position in phases(). The
  // same rule holds as there: values that change from batch to batch come from tensors. The part "loss" is the loss in
  // reports (without it, Loss::sum is); every other part of a training step appears in reports under its name, divided
  // by weight(). The parts of a phase must always have the same names. Loss::carry goes to the next batch of the phase.
  virtual Loss loss(const TensorBatch& batch, std::size_t phase) = 0;
  // Returns the number by which the sum of the loss is divided, > 0. Default: Model::weight().
  virtual double weight(const Batch& batch, std::size_t phase) const;

  // Returns the next batch for `phase`, or no value when the data is at its end. `feed` returns the next batch of the
  // training split. An objective may take several batches or none, and may make batches of its own, for example from
  // what the model has written. It is called without recording, in training mode. Default: the next batch of the feed.
  virtual std::optional<Batch> next(const BatchSource& feed, std::size_t phase);
  // True when the next batch depends on nothing but the feed's position and what a checkpoint has. The loop looks at
  // its limits, saves, validates and stops only then: in the middle of a rollout it goes on. Default: true.
  virtual bool whole() const;

  // The model that is trained.
  Model& model() const noexcept { return *model_; }

 private:
  std::shared_ptr<Model> model_;
};

}  // namespace strata
