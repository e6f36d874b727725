// What the tests of the recurrent stages share: tiny encoder-decoders from recipes, batches of ids, kernel choices.
#pragma once

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "plugins/load.hpp"
#include "strata/core/rng.hpp"
#include "strata/data/corpus.hpp"
#include "strata/model/model.hpp"
#include "strata/ops/op.hpp"
#include "strata/tensor/context.hpp"
#include "strata/text/vocabulary.hpp"

namespace strata_test {

using namespace strata;

using Ids = std::vector<std::int32_t>;
struct Pair {
  Ids source, target;
};
using Pairs = std::vector<Pair>;

inline TensorBatch batch_of(const Pairs& pairs) {
  std::vector<EncodedPair> encoded;
  for (const Pair& pair : pairs) encoded.push_back({pair.source, pair.target, 0});
  return to_tensors(make_pair_batch(encoded));
}

// Words are any id above the specials.
inline Ids random_words(Rng& rng, std::int64_t count, std::int64_t vocabulary) {
  Ids words;
  for (std::int64_t i = 0; i < count; ++i) {
    words.push_back(
        static_cast<std::int32_t>(kSpecials + rng.word() % static_cast<std::uint32_t>(vocabulary - kSpecials)));
  }
  return words;
}
inline Pairs random_pairs(Rng& rng, std::int64_t count, std::int64_t longest, std::int64_t vocabulary) {
  Pairs pairs;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t source = 1 + static_cast<std::int64_t>(rng.word() % static_cast<std::uint32_t>(longest));
    const std::int64_t target = 1 + static_cast<std::int64_t>(rng.word() % static_cast<std::uint32_t>(longest));
    pairs.push_back({random_words(rng, source, vocabulary), random_words(rng, target, vocabulary)});
  }
  return pairs;
}

// "best": what users get, with a CPU backend where the tree has one. "plain": compositions over plain loops.
struct Kernels : ContextScope {
  explicit Kernels(const std::string& choice) {
    plugins().load_extensions("kernels/cpu/");
    if (choice != "plain") return;
    context().kernels["*"] = "plain";
    for (const Op* op : all_ops()) {
      if (op->compose != nullptr) context().kernels[op->name] = "composition";
    }
  }
};

// `attention` is JSON, or empty for none; `more` further members of the model.
inline std::string recipe(const std::string& cell, const std::string& attention, std::int64_t width,
                          const std::string& more = {}, bool bidirectional = true, int layers = 1) {
  const std::string own =
      R"("cell": ")" + cell + R"(", "hidden": )" + std::to_string(width) + R"(, "layers": )" + std::to_string(layers);
  return R"({"type": "seq2seq", "dropout": 0, "embedding": )" + std::to_string(width) + R"(, "encoder": {)" + own +
         R"(, "bidirectional": )" + (bidirectional ? "true" : "false") + R"(}, "decoder": {)" + own +
         (attention.empty() ? "" : R"(, "attention": )" + attention) + "}" + (more.empty() ? "" : ", " + more) + "}";
}

inline std::shared_ptr<Model> make_model(const std::string& json, std::int64_t vocabulary, DType dtype,
                                         std::uint64_t seed = 11) {
  auto model = make<Model>(json, {pair_sizes(vocabulary, vocabulary)});
  model->materialise(seed, dtype);
  return model;
}

// Largest |a - b| / max(1, |b|); infinite when sizes differ or something is no number.
inline double difference(const std::vector<double>& a, const std::vector<double>& b) {
  double worst = a.size() == b.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const double one = std::abs(a[i] - b[i]) / std::max(1.0, std::abs(b[i]));
    worst = one <= worst ? worst : (std::isnan(one) ? INFINITY : one);
  }
  return worst;
}

inline void check_within(const std::string& what, double worst, double tolerance) {
  BOOST_TEST_MESSAGE(what << ": largest difference " << worst << ", tolerance " << tolerance);
  BOOST_TEST(worst <= tolerance, what << ": " << worst << " > " << tolerance);
}

}  // namespace strata_test
