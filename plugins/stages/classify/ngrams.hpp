// BagOfNgrams: the mean of the vectors of a text's words and runs of words (Joulin et al., 2017, "Bag of Tricks for
// Efficient Text Classification"). Legend: B rows, T time, C width, N classes.
#pragma once

#include <memory>

#include "strata/model/model.hpp"
#include "strata/nn/layers.hpp"

namespace strata {

class BagOfNgrams final : public Model, public Classifier {
 public:
  struct Options {
    std::int64_t embedding = 100, words = 2, buckets = 1 << 17;
    double dropout = 0.1;
    std::vector<double> class_weights;
    void visit(auto& option) {
      option("embedding", embedding, "width of the vectors of words and runs of words").range(1, 65536);
      option("words", words, "largest number of words of a run that has a vector of its own").range(1, 8);
      option("buckets", buckets, "number of vectors that all runs of two words or more share by their hash")
          .range(1, 1 << 24);
      option("dropout", dropout, "probability of dropping an element of the mean of the vectors").min(0).below(1);
      option("class_weights", class_weights, "factors of the classes in the loss, in the order of label.vocab.txt");
    }
  };
  using Facts = Model::Facts;
  BagOfNgrams(const Options& options, const Facts& facts);

  Tensor classify(const TensorBatch& batch) override;
  std::string_view label() const override { return "label"; }
  Loss loss(const TensorBatch& batch, const LossOptions& options) override;
  double weight(const Batch& batch) const override { return static_cast<double>(batch.size); }

 private:
  // ids i64 [B,T] -> buckets of the runs of `length` words that begin at each place, i64 [B,T-length+1]
  Tensor buckets_of(const Tensor& ids, std::int64_t length) const;

  std::int64_t words_, buckets_;
  Tensor weights_;  // of the classes; undefined: none
  Embedding embedding_;
  std::unique_ptr<Embedding> runs_;
  Dropout dropout_;
  Linear output_;
};

}  // namespace strata
