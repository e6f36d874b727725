// A bag of words (Joulin et al., 2017, "Bag of Tricks for Efficient Text Classification", section 2.1): the mean of the
// embeddings of a sentence's words, whatever their order, then a linear layer to the classes; with `hidden` a layer
// between them (Iyyer et al., 2015, "Deep Unordered Composition Rivals Syntactic Methods for Text Classification").
// A whole model in one file: what a class is, the loss and `strata classify` come with the capability `Classifier`.
#include <strata/model/classification.hpp>
#include <strata/model/model.hpp>
#include <strata/nn/layers.hpp>
#include <strata/ops/elementwise.hpp>
#include <strata/ops/reduce.hpp>
#include <strata/ops/shape.hpp>
#include <strata/plugin.hpp>
#include <strata/text/vocabulary.hpp>

#include <cmath>
#include <memory>

namespace {
using namespace strata;

class BagOfWords final : public Model, public Classifier {
 public:
  struct Options {
    std::int64_t embedding = 64, hidden = 0;
    double dropout = 0.1;
    void visit(auto& option) {
      option("embedding", embedding, "width of the words' embeddings").range(1, 65536);
      option("hidden", hidden, "width of a ReLU layer before the output (0: no such layer)").range(0, 65536);
      option("dropout", dropout, "probability of dropping an element of the mean of the embeddings").min(0).below(1);
    }
  };

  BagOfWords(const Options& options, const Facts& facts)
      : embedding_(facts.sizes.at("source"), options.embedding, 1 / std::sqrt(static_cast<double>(options.embedding))),
        output_(options.hidden > 0 ? options.hidden : options.embedding, facts.sizes.at("target")),
        dropout_(options.dropout) {
    child("embedding", embedding_);
    child("dropout", dropout_);
    if (options.hidden > 0) child("hidden", hidden_ = std::make_shared<Linear>(options.embedding, options.hidden));
    child("output", output_);
  }

  // -> [B,V]
  Tensor classify(const TensorBatch& batch) override {
    Tensor x = dropout_(mean_of_words(batch["source"]));
    if (hidden_ != nullptr) x = (*hidden_)(x, Activation::relu);
    return output_(x);
  }

  Loss loss(const TensorBatch& batch, const LossOptions& options) override {
    return classification_loss(classify(batch), batch, options);
  }
  double weight(const Batch& batch) const override { return static_cast<double>(batch.size); }

 private:
  // ids [B,Ts] -> [B,C]. <unk> is a word; padding and </s> are none, so that a sentence's mean does not depend on what
  // stands beside it in the batch, and only on its words.
  Tensor mean_of_words(const Tensor& ids) const {
    const Tensor vectors = embedding_(ids);  // [B,Ts,C]
    const Tensor is_word = less(Tensor::full({}, kEnd, DType::i64), ids);
    const Tensor weights = unsqueeze(cast(is_word, vectors.dtype()), 2);  // [B,Ts,1]
    const Tensor count = sum(weights, {1});                               // [B,1]
    return sum(vectors * weights, {1}) / maximum(count, Tensor::scalar(1, count.dtype()));
  }

  Embedding embedding_;
  std::shared_ptr<Linear> hidden_;
  Linear output_;
  Dropout dropout_;
};
}  // namespace

STRATA_PLUGIN("bag-of-words", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Model, BagOfWords>("bag_of_words",
                                   "classifier that reads the mean of the word embeddings (Joulin et al., 2017)");
});
