// TextClassifier.
#include "classifier.hpp"

#include "loss.hpp"
#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/ops/elementwise.hpp"

namespace strata {

TextClassifier::TextClassifier(const Options& options, const Facts& facts)
    : weights_(class_weights(options.class_weights, facts.sizes.at("label"))),
      body_(options.body.make({Sizes{{"tokens", {facts.sizes.at("text")}}}})),
      encoder_(&require<Encoder>(*body_, "Encoder", "model/body")),
      dropout_(options.dropout) {
  const std::int64_t width = in_plugin("width()", *body_, [&] { return encoder_->width(); });
  pooling_ = std::make_unique<Pooling>(options.pooling, width);
  if (options.hidden > 0) hidden_ = std::make_unique<Linear>(pooling_->width(), options.hidden);
  output_ = std::make_unique<Linear>(options.hidden > 0 ? options.hidden : pooling_->width(), facts.sizes.at("label"));
  child("body", body_);
  child("pooling", *pooling_);
  child("dropout", dropout_);
  if (hidden_ != nullptr) child("hidden", *hidden_);
  child("output", *output_);
}

// -> [B,N]. A text without tokens is read as one token of padding.
Tensor TextClassifier::classify(const TensorBatch& batch) {
  TensorBatch texts;
  const Tensor lengths = maximum(batch["text_lengths"], Tensor::full({}, 1, DType::i64));
  texts.put("tokens", batch["text"]);
  texts.put("tokens_lengths", lengths);
  const Tensor states = in_plugin("encode()", *body_, [&] { return encoder_->encode(texts); });
  Tensor x = dropout_((*pooling_)(states, lengths));
  if (hidden_ != nullptr) x = dropout_((*hidden_)(x, Activation::relu), 1);
  return (*output_)(x);
}

Loss TextClassifier::loss(const TensorBatch& batch, const LossOptions& options) {
  return label_loss(classify(batch), batch, weights_, options);
}

// The levels of the body, then what is above it.
std::vector<std::string> TextClassifier::depth() const {
  std::vector<std::string> levels;
  for (const std::string& level : in_plugin("depth()", *body_, [&] { return body_->depth(); })) {
    levels.push_back("body." + level);
  }
  levels.emplace_back("output");
  return levels;
}

}  // namespace strata
