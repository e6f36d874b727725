// Language models of tests, whose log-probabilities are known by hand, and a tokenizer of numbers.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "framework/run/letters.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/run/load_model.hpp"

namespace strata::test {

// Scores by a function of a row and the place of a token in it, which is asked for each token but the first. It has the
// given context, and remembers the rows that it was asked for.
class SpyLm : public Silent, public Scorer, public Generator {
 public:
  using Row = std::vector<std::int64_t>;
  using Score = std::function<double(const Row& row, std::size_t at)>;
  SpyLm(Score score, std::int64_t context) : score_(std::move(score)), context_(context) {}

  Tensor score(const TensorBatch& batch) override {
    const std::vector<std::int64_t> ids = batch["tokens"].to_integers(),
                                    lengths = batch["tokens_lengths"].to_integers();
    const auto time = static_cast<std::size_t>(batch["tokens"].size(1));
    std::vector<double> out(ids.size(), 0);
    for (std::size_t b = 0; b < lengths.size(); ++b) {
      const auto begin = ids.begin() + static_cast<std::ptrdiff_t>(b * time);
      rows.emplace_back(begin, begin + lengths[b]);
      for (std::size_t t = 1; t < rows.back().size(); ++t) out[b * time + t] = score_(rows.back(), t);
    }
    batches += 1;
    return Tensor::from(out, batch["tokens"].shape());
  }
  std::string_view input() const override { return "tokens"; }
  bool continues_input() const override { return true; }
  std::unique_ptr<State> begin(const TensorBatch&) override { return nullptr; }
  Tensor step(State&, const Tensor&) override { return {}; }
  void reorder(State&, const Tensor&, const Tensor&) override {}
  std::int64_t max_length() const override { return context_; }

  std::vector<Row> rows;
  int batches = 0;

 private:
  Score score_;
  std::int64_t context_;
};

// Numbers with blanks between them, each its own id.
class Numbers final : public Tokenizer {
 public:
  Numbers() {
    for (int i = kSpecials; i < 1000; ++i) words_.add(std::to_string(i));
  }
  bool joint() const override { return true; }
  void train(const LineSource&) override {}
  const Vocabulary& vocabulary() const override { return words_; }
  std::vector<std::int32_t> encode(std::string_view text) const override {
    std::istringstream in{std::string(text)};
    std::vector<std::int32_t> ids;
    for (std::string word; in >> word;) ids.push_back(words_.encode(word));
    return ids;
  }
  std::string decode(const std::vector<std::int32_t>&) const override { return {}; }
  std::vector<std::string> save(const std::string&, const std::string&) const override { return {}; }
  void load(const std::string&, const std::string&) override {}

 private:
  Vocabulary words_;
};

// The feed "stream", with the start token before each text.
class Started final : public Feed {
 public:
  explicit Started(const Facts& facts) : stream_(default_registry().make<Feed>(Config("stream"), facts)) {}
  Sizes sizes() const override { return stream_->sizes(); }
  std::int64_t batches(std::int64_t) const override { return 0; }
  Batch batch(std::int64_t, std::int64_t) const override { return {}; }
  std::vector<FieldInfo> input_fields() const override { return {{"text"}}; }
  Batch inputs(std::span<const Example> examples) const override {
    Batch batch = stream_->inputs(examples);
    Column &tokens = batch.columns[0], &lengths = batch.columns[1];
    const std::int64_t time = tokens.shape[1];
    for (std::int64_t row = batch.size; row-- > 0;) tokens.ids.insert(tokens.ids.begin() + row * time, kStart);
    tokens.shape[1] = time + 1;
    for (std::size_t row = 0; row < lengths.ids.size(); ++row) {
      const bool empty = examples[row].fields[0].text.empty();  // "stream" puts the end token there
      if (!empty) ++lengths.ids[row];
    }
    return batch;
  }

 private:
  std::shared_ptr<Feed> stream_;
};

inline LoadedModel with_tokenizer(std::shared_ptr<Model> model, std::shared_ptr<Tokenizer> tokenizer,
                                  bool start = false) {
  LoadedModel out;
  out.model = std::move(model);
  out.tokenizers = {{"text", std::move(tokenizer)}};
  Feed::Facts facts;
  facts.tokenizers = out.tokenizers;
  if (start) {
    out.feed = std::make_shared<Started>(facts);
  } else {
    out.feed = default_registry().make<Feed>(Config("stream"), facts);
  }
  return out;
}

}  // namespace strata::test
