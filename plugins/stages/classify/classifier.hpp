// TextClassifier: the body of any model that reads texts, a pooling over its tokens and a head. Legend: B rows, T time,
// C width of the body, N classes.
#pragma once

#include <memory>

#include "pooling.hpp"
#include "strata/model/model.hpp"
#include "strata/plugin/slot.hpp"

namespace strata {

class TextClassifier final : public Model, public Classifier {
 public:
  struct Options {
    Slot<Model> body{"lm"};
    PoolingKind pooling = PoolingKind::concat;
    std::int64_t hidden = 0;
    double dropout = 0.1;
    std::vector<double> class_weights;
    void visit(auto& option) {
      option("body", body, "model whose hidden states are read; it has the capability Encoder");
      option("pooling", pooling,
             "way from the vectors of tokens to one of the text: last, first, mean, max, attention (Yang et al., "
             "2016), or "
             "concat: last, max and mean (Howard and Ruder, 2018)",
             {{"last", PoolingKind::last},
              {"first", PoolingKind::first},
              {"mean", PoolingKind::mean},
              {"max", PoolingKind::max},
              {"attention", PoolingKind::attention},
              {"concat", PoolingKind::concat}});
      option("hidden", hidden, "width of a ReLU layer before the output (0: no such layer)").range(0, 65536);
      option("dropout", dropout, "probability of dropping an element of the pooled vector and of the ReLU layer")
          .min(0)
          .below(1);
      option("class_weights", class_weights, "factors of the classes in the loss, in the order of label.vocab.txt");
    }
  };
  using Facts = Model::Facts;
  TextClassifier(const Options& options, const Facts& facts);

  Tensor classify(const TensorBatch& batch) override;
  std::string_view label() const override { return "label"; }
  Loss loss(const TensorBatch& batch, const LossOptions& options) override;
  double weight(const Batch& batch) const override { return static_cast<double>(batch.size); }
  std::vector<std::string> depth() const override;

 private:
  Tensor weights_;  // of the classes; undefined: none
  std::shared_ptr<Model> body_;
  Encoder* encoder_;
  std::unique_ptr<Pooling> pooling_;
  Dropout dropout_;
  std::unique_ptr<Linear> hidden_, output_;
};

}  // namespace strata
