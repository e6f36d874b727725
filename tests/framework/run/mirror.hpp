// Mirror: a model over letters that writes what a table says; the source backwards unless told otherwise.
#pragma once

#include "framework/decode/table_generator.hpp"
#include "framework/run/letters.hpp"

namespace strata::test {

// Writes the source backwards.
inline std::vector<float> mirror(const Ids& source, const Ids& prefix) {
  std::vector<float> logits(kVocabulary, 0);
  const std::size_t at = prefix.size();
  logits[static_cast<std::size_t>(at < source.size() ? source[source.size() - 1 - at] : kEnd)] = 9;
  return logits;
}

class Mirror final : public Silent, public Generator {
 public:
  explicit Mirror(Table table = mirror, std::int64_t vocabulary = kVocabulary) : table_(std::move(table), vocabulary) {}
  std::unique_ptr<State> begin(const TensorBatch& batch) override { return table_.begin(batch); }
  Tensor step(State& state, const Tensor& ids) override { return table_.step(state, ids); }
  void reorder(State& state, const Tensor& rows, const Tensor& sentences) override {
    table_.reorder(state, rows, sentences);
  }
  Tensor alignment(const State& state) const override { return table_.alignment(state); }

 private:
  TableGenerator table_;
};

}  // namespace strata::test
