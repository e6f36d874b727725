// Real models under the searches: steps equal the whole sequence, a sentence alone equals the sentence in a batch.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "../load.hpp"
#include "strata/core/rng.hpp"
#include "strata/data/corpus.hpp"
#include "strata/decode/search.hpp"
#include "strata/model/model.hpp"
#include "strata/tensor/context.hpp"
#include "strata/text/vocabulary.hpp"

namespace {

using namespace strata;

constexpr std::int64_t kVocabulary = 40;

const std::vector<std::string> kModels{
    R"({"type":"seq2seq","embedding":12,"tie":"target","encoder":{"hidden":16,"bidirectional":true},
        "decoder":{"hidden":16,"attention":"additive"}})",
    R"({"type":"seq2seq","embedding":12,"reverse_source":true,"bridge":"copy","encoder":{"hidden":16,"layers":2},
        "decoder":{"hidden":16,"layers":2}})",
    R"({"type":"seq2seq","embedding":10,"encoder":{"cell":"gru","hidden":14},
        "decoder":{"cell":"gru","hidden":18,"layers":2,"attention":"additive"}})"};

// Parameters are spread, so that the model has opinions: at the start of training all tokens are equally likely.
std::shared_ptr<Model> model_of(const std::string& json, std::uint64_t seed) {
  auto model = strata_test::make<Model>(json, {pair_sizes(kVocabulary, kVocabulary)});
  model->materialise(seed);
  for (const NamedParameter& one : model->parameters()) {
    Tensor value = one.parameter.value();
    float* at = value.data<float>();
    for (std::int64_t i = 0; i < value.numel(); ++i) at[i] *= 2.5F;
    value.bump_version();
  }
  return model;
}

std::vector<std::vector<std::int32_t>> random_sources(Rng& rng, std::size_t count) {
  std::vector<std::vector<std::int32_t>> out(count);
  for (auto& source : out) {
    source.resize(1 + rng.below(12));
    for (std::int32_t& id : source) id = kSpecials + static_cast<std::int32_t>(rng.below(kVocabulary - kSpecials));
  }
  return out;
}

TensorBatch batch_of(const std::vector<std::vector<std::int32_t>>& sources,
                     const std::vector<std::int32_t>& target = {}) {
  std::vector<EncodedPair> pairs;
  for (const auto& source : sources) pairs.push_back({source, target, 0});
  return to_tensors(make_pair_batch(pairs));
}

// The model's own log-probability of an output, from the whole sequence at once.
double scored(Model& model, const std::vector<std::int32_t>& source, const Hypothesis& output) {
  const NoGrad scope;
  const auto by_token = dynamic_cast<Scorer&>(model).score(batch_of({source}, output.ids)).to_doubles();
  double sum = 0;
  for (std::size_t t = 0; t < output.ids.size() + (output.finished ? 1 : 0); ++t) sum += by_token[t];
  return sum;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(decode_test)

BOOST_AUTO_TEST_CASE(steps_equal_the_whole_sequence) {
  const std::uint64_t seed = 41;
  Rng rng(seed, "decode_test");
  double worst = 0;
  int compared = 0, finished = 0;
  for (const std::string& json : kModels) {
    const auto model = model_of(json, rng.word64());
    const auto sources = random_sources(rng, 7);
    for (const auto search : {Search::beam, Search::sample}) {
      DecodeOptions options;
      options.search = search;
      options.n_best = 4;
      const auto found = decode(dynamic_cast<Generator&>(*model), batch_of(sources), options);
      for (std::size_t i = 0; i < sources.size(); ++i) {
        for (const Hypothesis& one : found[i]) {
          worst = std::max(worst, std::abs(one.log_probability - scored(*model, sources[i], one)));
          ++compared;
          finished += static_cast<int>(one.finished);
        }
      }
    }
  }
  BOOST_TEST_MESSAGE(compared << " outputs, " << finished << " of them finished, seed " << seed
                              << ": largest difference " << worst << " nats, tolerance 2e-4");
  BOOST_TEST(finished > compared / 4);
  BOOST_TEST(worst < 2e-4);
}

void compare_alone(const std::string& kernels) {
  const std::uint64_t seed = 42;
  Rng rng(seed, "decode_test");
  const ContextScope scope;
  if (!kernels.empty()) context().kernels["*"] = kernels;
  double worst = 0;
  int ties = 0, compared = 0;
  for (const std::string& json : kModels) {
    const auto model = model_of(json, rng.word64());
    auto& generator = dynamic_cast<Generator&>(*model);
    const auto sources = random_sources(rng, 12);
    for (const std::int64_t beam : {1, 5}) {
      DecodeOptions options;
      options.beam_size = beam;
      const auto together = decode(generator, batch_of(sources), options);
      for (std::size_t i = 0; i < sources.size(); ++i) {
        const Hypothesis alone = decode(generator, batch_of({sources[i]}), options)[0][0];
        const double difference = std::abs(alone.score - together[i][0].score);
        worst = std::max(worst, difference);
        ties += static_cast<int>(alone.ids != together[i][0].ids && difference < 1e-5);
        BOOST_TEST((alone.ids == together[i][0].ids || difference < 1e-5));
        ++compared;
      }
    }
  }
  BOOST_TEST_MESSAGE((kernels.empty() ? "best" : kernels)
                     << " kernels: " << compared << " sentences, seed " << seed << ": largest difference of scores "
                     << worst << ", " << ties << " ties");
  BOOST_TEST(worst < 1e-5);
}

BOOST_AUTO_TEST_CASE(a_sentence_alone_equals_the_sentence_in_a_batch) {
  compare_alone("plain");
  strata_test::plugins().load_extensions("kernels/cpu/");
  compare_alone("");
}

BOOST_AUTO_TEST_CASE(attention_weights_are_those_of_the_sentence) {
  const std::uint64_t seed = 43;
  Rng rng(seed, "decode_test");
  const auto model = model_of(kModels[0], seed);
  const auto sources = random_sources(rng, 6);
  const ContextScope scope;
  context().capture_weights = true;
  double worst = 0;
  for (const std::int64_t beam : {1, 4}) {
    DecodeOptions options;
    options.beam_size = beam;
    const auto found = decode(dynamic_cast<Generator&>(*model), batch_of(sources), options);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const Hypothesis& one = found[i][0];
      const auto time = static_cast<std::int64_t>(sources[i].size()) + 1;
      const std::size_t rows = one.ids.size() + (one.finished ? 1 : 0);
      BOOST_TEST(one.source_time == time);
      BOOST_REQUIRE_EQUAL(one.alignment.size(), rows * static_cast<std::size_t>(time));
      for (std::size_t t = 0; t < rows; ++t) {
        double sum = 0;
        for (std::int64_t s = 0; s < time; ++s)
          sum += one.alignment[t * static_cast<std::size_t>(time) + static_cast<std::size_t>(s)];
        worst = std::max(worst, std::abs(sum - 1));
      }
    }
  }
  BOOST_TEST_MESSAGE("rows of weights sum to 1 up to " << worst << ", seed " << seed);
  BOOST_TEST(worst < 1e-5);
}

// A model that reads backwards says what it looked at in the order of the text: the mirror image of what the same
// parameters say of a text that is turned round beforehand.
BOOST_AUTO_TEST_CASE(a_reversed_source_is_shown_in_its_own_order) {
  const std::uint64_t seed = 44;
  Rng rng(seed, "decode_test");
  const std::string rest = R"("type":"seq2seq","embedding":12,"encoder":{"hidden":16},
                              "decoder":{"hidden":16,"attention":"additive"}})";
  const auto backwards = model_of(R"({"reverse_source":true,)" + rest, 9), forwards = model_of("{" + rest, 9);
  const auto sources = random_sources(rng, 5);
  const TensorBatch batch = batch_of(sources);
  const TensorBatch turned = batch_of(sources);
  Tensor source_ids = turned["source"];
  const std::int64_t time = batch["source"].size(1);
  const auto lengths = batch["source_lengths"].to_integers();
  for (std::int64_t b = 0; b < 5; ++b) {
    std::int64_t* row = source_ids.data<std::int64_t>() + b * time;
    std::reverse(row, row + lengths[static_cast<std::size_t>(b)]);
  }
  const ContextScope scope;
  context().capture_weights = true;
  context().recording = false;
  // Two hypotheses a sentence, of which the second leaves.
  const auto weights = [](Model& model, const TensorBatch& given) {
    auto& generator = dynamic_cast<Generator&>(model);
    const auto state = generator.begin(given);
    generator.step(*state, Tensor::full({5}, kStart, DType::i64));
    const std::vector<std::int64_t> rows{0, 0, 2, 2, 3, 3, 4, 4}, sentences{0, 2, 3, 4}, ids{4, 5, 6, 7, 8, 9, 4, 5};
    generator.reorder(*state, Tensor::from(rows, {8}), Tensor::from(sentences, {4}));
    generator.step(*state, Tensor::from(ids, {8}));
    return generator.alignment(*state).to_doubles();
  };
  const auto seen = weights(*backwards, batch), mirrored = weights(*forwards, turned);
  double worst = 0;
  for (std::int64_t r = 0; r < 8; ++r) {
    const std::int64_t length = lengths[static_cast<std::size_t>(r < 2 ? 0 : r / 2 + 1)];
    for (std::int64_t s = 0; s < length; ++s) {
      const auto at = static_cast<std::size_t>(r * time + s),
                 mirror = static_cast<std::size_t>(r * time + length - 1 - s);
      worst = std::max(worst, std::abs(seen[at] - mirrored[mirror]));
    }
  }
  BOOST_TEST_MESSAGE("largest difference of weights " << worst << ", tolerance 1e-6, seed " << seed);
  BOOST_TEST(worst < 1e-6);
}

BOOST_AUTO_TEST_SUITE_END()
