// Decoding on the device "cuda" with steps that are replayed: what is written, and what it looked at, is what single
// steps give, whatever search; finished sentences keep their seats until most have gone.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "cuda/on_card.hpp"
#include "strata/core/rng.hpp"
#include "strata/data/batch.hpp"
#include "strata/decode/ensemble.hpp"
#include "strata/decode/search.hpp"
#include "strata/model/model.hpp"
#include "strata/ops/update.hpp"
#include "strata/tensor/context.hpp"
#include "strata/text/vocabulary.hpp"
#include "throws.hpp"

using namespace strata;

namespace {

constexpr std::int64_t kVocabulary = 24;

const char* const kTransformer = R"({"type": "transformer", "width": 16, "positions": "POSITIONS", "norm": "layer_norm",
    "encoder": {"layers": 1}, "decoder": {"layers": 2}, "block": {"type": "transformer",
    "attention": {"type": "sdpa", "heads": 2, "kv_heads": 1}, "feed_forward": {"type": "feed_forward", "hidden": 24}}})";
const char* const kSeq2Seq = R"({"type": "seq2seq", "embedding": 8, "encoder": {"hidden": 8}, "decoder":
    {"layers": 2, "hidden": 12, "cell": "lstm", "attention": "additive"}, "bridge": "project"})";

struct OnCard : strata_test::OnCard {
  OnCard() {
    for (const char* name : {"attention", "recurrent", "seq2seq", "transformer", "local_window_attention"}) {
      strata_test::load_beside(name);
    }
  }
};

std::shared_ptr<Model> model_of(std::string spec, const std::string& positions = "sinusoidal") {
  if (const auto at = spec.find("POSITIONS"); at != std::string::npos) spec.replace(at, 9, positions);
  auto model = default_registry().make<Model>(parse_json(spec, "recipe.json"), {pair_sizes(kVocabulary, kVocabulary)});
  model->materialise(3);
  // Wide enough that sentences end at different lengths.
  for (const NamedParameter& one : model->parameters()) {
    if (one.parameter.shape().rank() == 2) scale_in_place(std::vector{one.parameter.value()}, Tensor::scalar(2.5));
  }
  return model;
}

Generator& generator_of(const std::shared_ptr<Model>& model) { return require<Generator>(*model, "Generator", "test"); }

TensorBatch sentences(std::int64_t count, unsigned seed) {
  Rng random(seed, "test/decode");
  Column source{"source", {count, 9}, {}, {}}, lengths{"source_lengths", {count}, {}, {}};
  for (std::int64_t b = 0; b < count; ++b) {
    const auto length = static_cast<std::int32_t>(2 + random.below(8));
    for (std::int32_t t = 0; t < 9; ++t) {
      const auto id = static_cast<std::int32_t>(kSpecials + random.below(kVocabulary - kSpecials));
      source.ids.push_back(t + 1 < length ? id : t + 1 == length ? kEnd : kPad);
    }
    lengths.ids.push_back(length);
  }
  Batch batch;
  batch.size = count;
  batch.columns = {std::move(source), std::move(lengths)};
  return to_tensors(batch);
}

struct Found {
  std::vector<std::vector<Hypothesis>> all;
  std::int64_t replays, steps;  // steps: the longest output's
};

Found run(const OnCard& card, Generator& generator, const TensorBatch& batch, DecodeOptions options, bool replay,
          std::span<const Constraints> constraints = {}) {
  options.replay = replay;
  const std::int64_t before = card.count("replays");
  Found found{decode(generator, batch, options, {}, constraints), 0, 0};
  found.replays = card.count("replays") - before;
  for (const auto& sentence : found.all) {
    for (const Hypothesis& one : sentence) {
      found.steps = std::max(found.steps, static_cast<std::int64_t>(one.ids.size()) + (one.finished ? 1 : 0));
    }
  }
  return found;
}

// Replayed and single steps of one search; gives the number of replays.
std::int64_t compare(const OnCard& card, Generator& generator, const TensorBatch& batch, const DecodeOptions& options,
                     std::span<const Constraints> constraints = {}) {
  const Found single = run(card, generator, batch, options, false, constraints),
              replayed = run(card, generator, batch, options, true, constraints);
  BOOST_TEST(single.replays == 0);
  BOOST_REQUIRE_EQUAL(replayed.all.size(), single.all.size());
  for (std::size_t s = 0; s < single.all.size(); ++s) {
    BOOST_REQUIRE_EQUAL(replayed.all[s].size(), single.all[s].size());
    for (std::size_t i = 0; i < single.all[s].size(); ++i) {
      const Hypothesis &a = replayed.all[s][i], &b = single.all[s][i];
      BOOST_TEST(a.ids == b.ids, boost::test_tools::per_element());
      BOOST_TEST(a.finished == b.finished);
      BOOST_TEST(std::abs(a.score - b.score) <= 1e-5 * (1 + std::abs(b.score)));
      BOOST_REQUIRE_EQUAL(a.alignment.size(), b.alignment.size());
      for (std::size_t k = 0; k < b.alignment.size(); ++k) {
        BOOST_TEST(std::abs(a.alignment[k] - b.alignment[k]) <= 1e-5);
      }
    }
  }
  std::string lengths;
  for (const auto& sentence : single.all) lengths += " " + std::to_string(sentence[0].ids.size());
  BOOST_TEST_MESSAGE("best of" << lengths << " tokens");
  BOOST_TEST_MESSAGE(replayed.replays << " of about " << replayed.steps << " steps were replayed");
  return replayed.replays;
}

DecodeOptions beams(std::int64_t beam) {
  DecodeOptions options;
  options.beam_size = options.n_best = beam;
  options.max_length_ratio = 5;  // a sentence ends when its own length says so, if not before
  options.max_length = 2;
  return options;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cuda_decode)

BOOST_AUTO_TEST_CASE(transformer) {
  const OnCard card;
  for (const char* positions : {"sinusoidal", "learned"}) {
    const auto model = model_of(kTransformer, positions);
    Generator& generator = generator_of(model);
    for (const std::int64_t beam : {1, 3}) {
      BOOST_TEST_CONTEXT(positions << ", beam " << beam) {
        BOOST_TEST(compare(card, generator, sentences(9, 5), beams(beam)) >= 6);
      }
    }
  }
}

// More steps than a state is given room for at once, and so many sentences that seats are given up more than once.
BOOST_AUTO_TEST_CASE(long_outputs) {
  const OnCard card;
  const auto model = model_of(kTransformer);
  Generator& generator = generator_of(model);
  DecodeOptions options = beams(2);
  options.max_length_ratio = 20;
  BOOST_TEST(compare(card, generator, sentences(20, 7), options) >= 100);
}

BOOST_AUTO_TEST_CASE(seq2seq_and_what_it_looked_at) {
  const OnCard card;
  const auto model = model_of(kSeq2Seq);
  Generator& generator = generator_of(model);
  context().capture_weights = true;
  BOOST_TEST(compare(card, generator, sentences(7, 8), beams(1)) >= 6);
  DecodeOptions options = beams(3);
  options.coverage_penalty = 0.2;
  options.no_repeat_ngram = 2;
  BOOST_TEST(compare(card, generator, sentences(7, 9), options) >= 6);
}

BOOST_AUTO_TEST_CASE(weights_of_a_transformer) {
  const OnCard card;
  const auto model = model_of(kTransformer);
  context().capture_weights = true;
  BOOST_TEST(compare(card, generator_of(model), sentences(5, 10), beams(2)) >= 6);
}

BOOST_AUTO_TEST_CASE(samples_ensembles_constraints) {
  const OnCard card;
  const auto transformer = model_of(kTransformer), seq2seq = model_of(kSeq2Seq);
  Ensemble both({&generator_of(transformer), &generator_of(seq2seq)});
  DecodeOptions options = beams(1);
  options.search = Search::sample;
  options.n_best = 3;
  BOOST_TEST(compare(card, both, sentences(6, 11), options) >= 6);
  std::vector<Constraints> constraints(6);
  constraints[1].prefix = {7, 9, 7};
  constraints[4].phrases = {{8, 5}, {6}};
  BOOST_TEST(compare(card, both, sentences(6, 12), beams(4), constraints) >= 6);
}

// A cache that grows cannot be replayed: the steps run one by one.
BOOST_AUTO_TEST_CASE(a_state_that_grows) {
  const OnCard card;
  std::string spec = kTransformer;
  spec.replace(spec.find(R"({"type": "sdpa", "heads": 2, "kv_heads": 1})"), 43,
               R"({"type": "local_window", "heads": 2})");
  spec.insert(spec.find(R"("feed_forward")"), R"("cross_attention": {"type": "sdpa", "heads": 2}, )");
  const auto model = model_of(spec);
  Generator& generator = generator_of(model);
  BOOST_TEST(compare(card, generator, sentences(4, 13), beams(2)) == 0);
  // Nor can one that is half so: the half that has room ahead is given more when it is full.
  const auto other = model_of(kTransformer);
  Ensemble half({&generator_of(other), &generator});
  DecodeOptions options = beams(2);
  options.max_length_ratio = 0;
  options.min_length = options.max_length = 90;
  BOOST_TEST(compare(card, half, sentences(2, 14), options) == 0);
}

// A replayed step asks the driver for nothing, and its launches are one.
BOOST_AUTO_TEST_CASE(a_steady_step) {
  const OnCard card;
  const auto model = model_of(kTransformer);
  Generator& generator = generator_of(model);
  DecodeOptions options = beams(3);
  options.max_length_ratio = 0;
  options.min_length = options.max_length = 60;
  const TensorBatch batch = sentences(4, 15);
  const auto launches = [&](bool replay) {
    const std::int64_t before = card.count("launches");
    (void)run(card, generator, batch, options, replay);
    return card.count("launches") - before;
  };
  for (int i = 0; i < 3; ++i) {
    (void)launches(true);
    BOOST_TEST_MESSAGE(card.count("allocations"));
  }
  const std::int64_t blocks = card.count("allocations");
  const std::int64_t replayed = launches(true);
  BOOST_TEST(card.count("allocations") == blocks);
  const std::int64_t single = launches(false);
  BOOST_TEST_MESSAGE(replayed << " launches instead of " << single);
  BOOST_TEST(replayed * 5 < single);
}

BOOST_AUTO_TEST_SUITE_END()
