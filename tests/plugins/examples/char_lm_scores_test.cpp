// Log-probabilities by the example char_lm against NumPy (tests/golden/char_lm), alone and in windows of a text; and
// against the losses that training and evaluation measure.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <fstream>
#include <sstream>

#include "framework/data/folder.hpp"
#include "framework/run/letters.hpp"
#include "plugins/load.hpp"
#include "strata/autograd/context.hpp"
#include "strata/core/json.hpp"
#include "strata/data/corpus.hpp"
#include "strata/model/model.hpp"
#include "strata/ops/update.hpp"
#include "strata/run/evaluate_text.hpp"
#include "strata/run/token_scorer.hpp"
#include "strata/run/train_run.hpp"

using namespace strata;
using strata_test::Folder;

namespace {

std::vector<std::int32_t> ids_of(const Config& list) {
  std::vector<std::int32_t> out;
  for (const Config& one : list.items()) out.push_back(static_cast<std::int32_t>(one.integer()));
  return out;
}

// The letters of ids, with blanks between them.
std::string text_of(const std::vector<std::int32_t>& ids) { return test::Letters().decode(ids); }

const Config& golden() {
  static const Config file = read_json(std::string(STRATA_SOURCE_DIR) + "/tests/golden/char_lm/scores.json");
  return file;
}

// The model of the script, over the letters.
LoadedModel model_of_script(DType dtype) {
  LoadedModel out;
  out.tokenizers = {{"text", std::make_shared<test::Letters>()}};
  out.model = strata_test::make<Model>(
      R"({"type": "char_lm", "embedding": 4, "recurrent": {"hidden": 5, "layers": 2, "cell": "gru"}})",
      {Sizes{{"tokens", {test::kVocabulary}}}});
  out.model->materialise(1, dtype);
  const Config& parameters = golden().at("parameters");
  BOOST_REQUIRE_EQUAL(out.model->parameters().size(), parameters.members().size());
  for (const NamedParameter& one : out.model->parameters()) {
    std::vector<double> values;
    for (const Config& value : parameters.at(one.name).at("values").items()) values.push_back(value.real());
    copy_into(one.parameter.value(), Tensor::from(values, one.parameter.shape()));
  }
  Feed::Facts facts;
  facts.tokenizers = out.tokenizers;
  out.feed = strata_test::make<Feed>(R"({"type": "stream"})", facts);
  return out;
}

double tolerance(DType dtype) { return dtype == DType::f64 ? 1e-12 : 2e-6; }  // of a log-probability

}  // namespace

BOOST_AUTO_TEST_SUITE(char_lm_scores)

// All texts in one batch of rows of several lengths, and each alone.
BOOST_AUTO_TEST_CASE(log_probabilities_equal_numpy) {
  for (const DType dtype : {DType::f64, DType::f32}) {
    const LoadedModel loaded = model_of_script(dtype);
    std::vector<GivenTokens> given;
    for (const Config& text : golden().at("texts").items()) given.push_back({{}, ids_of(text.at("ids"))});
    double worst = 0;
    for (const std::int64_t size : {64, 2, 1}) {
      TokenScorer scorer(*loaded.model, loaded.feed, loaded.tokenizers, {size, 8192}, "test");
      const auto found = scorer.score(given);
      BOOST_REQUIRE_EQUAL(found.size(), given.size());
      for (std::size_t i = 0; i < given.size(); ++i) {
        const Config::Items& expected = golden().at("texts").items()[i].at("logprobs").items();
        BOOST_REQUIRE_EQUAL(found[i].size(), expected.size());
        BOOST_TEST(std::isnan(found[i][0]));
        for (std::size_t t = 1; t < expected.size(); ++t) {
          worst = std::max(worst, std::abs(found[i][t] - expected[t].real()));
        }
      }
    }
    BOOST_TEST_MESSAGE("largest difference in " << name_of(dtype) << ": " << worst);
    BOOST_TEST(worst < tolerance(dtype));
  }
}

// What score() gives for a padded batch: zeros for the first token of a row and for the padding.
BOOST_AUTO_TEST_CASE(first_tokens_and_padding_have_no_log_probability) {
  const LoadedModel loaded = model_of_script(DType::f64);
  const Config::Items& texts = golden().at("texts").items();
  std::size_t time = 0;
  for (const Config& text : texts) time = std::max(time, text.at("ids").items().size());
  std::vector<std::int64_t> ids, lengths;
  for (const Config& text : texts) {
    for (const std::int32_t id : ids_of(text.at("ids"))) ids.push_back(id);
    lengths.push_back(static_cast<std::int64_t>(text.at("ids").items().size()));
    ids.resize(lengths.size() * time, 0);
  }
  TensorBatch batch;
  const auto rows = static_cast<std::int64_t>(lengths.size());
  batch.put("tokens", Tensor::from(ids, {rows, static_cast<std::int64_t>(time)}));
  batch.put("tokens_lengths", Tensor::from(lengths, {rows}));
  const NoGrad none;
  const std::vector<double> found = require<Scorer>(*loaded.model, "Scorer", "test").score(batch).to_doubles();
  BOOST_REQUIRE_EQUAL(found.size(), ids.size());
  for (std::size_t row = 0; row < lengths.size(); ++row) {
    const Config::Items& expected = texts[row].at("logprobs").items();
    for (std::size_t t = 0; t < time; ++t) {
      const double right = t == 0 || t >= expected.size() ? 0 : expected[t].real();
      BOOST_TEST(std::abs(found[row * time + t] - right) < 1e-12, "row " << row << ", token " << t);
    }
  }
}

// What stands before the scored tokens may be given apart.
BOOST_AUTO_TEST_CASE(tokens_before_change_what_is_scored_and_not_how) {
  const LoadedModel loaded = model_of_script(DType::f64);
  TokenScorer scorer(*loaded.model, loaded.feed, loaded.tokenizers, {}, "test");
  const Config& text = golden().at("texts").items()[0];
  const std::vector<std::int32_t> ids = ids_of(text.at("ids"));
  const GivenTokens parts[] = {{{ids.begin(), ids.begin() + 2}, {ids.begin() + 2, ids.end()}}};
  const std::vector<double> found = scorer.score(parts)[0];
  BOOST_REQUIRE_EQUAL(found.size(), ids.size() - 2);
  for (std::size_t t = 0; t < found.size(); ++t) {
    BOOST_TEST(std::abs(found[t] - text.at("logprobs").items()[t + 2].real()) < 1e-12);
  }
}

BOOST_AUTO_TEST_CASE(windows_of_a_text_equal_numpy) {
  const Folder folder;
  const std::vector<std::int32_t> ids = ids_of(golden().at("long"));
  const std::string text = text_of(ids), file = folder.write("long.txt", text);
  const LoadedModel loaded = model_of_script(DType::f64);
  for (const Config& window : golden().at("windows").items()) {
    EvaluateTextOptions options{file, window.at("context").integer(), window.at("stride").integer(), {}};
    for (const std::int64_t size : {1, 5, 64}) {
      options.batch.size = size;
      const TextReport report = evaluate_text(loaded, options);
      BOOST_TEST(std::abs(report.nll - window.at("nll").real()) < 1e-9,
                 "context " << options.context << ", stride " << options.stride << ": " << report.nll);
      BOOST_TEST(report.counted == static_cast<std::int64_t>(ids.size()) - 1);
      BOOST_TEST(report.tokens == static_cast<std::int64_t>(ids.size()));
      BOOST_TEST(report.bytes == static_cast<std::int64_t>(text.size()));
      BOOST_TEST(report.words == static_cast<std::int64_t>(ids.size()));
      BOOST_TEST(std::abs(report.perplexity() - std::exp(report.nll / 60)) < 1e-9);
      BOOST_TEST(std::abs(report.bits_per_byte() - report.nll / std::log(2.0) / 121) < 1e-12);
      BOOST_TEST(std::abs(report.bits_per_word() - report.nll / std::log(2.0) / 61) < 1e-12);
    }
  }
  const TextReport carried = evaluate_text(loaded, {file, 0, 0, {}});
  BOOST_TEST(std::abs(carried.nll - golden().at("carried").real()) < 1e-9);
  BOOST_TEST(carried.counted == static_cast<std::int64_t>(ids.size()) - 1);
}

// State goes from one batch of 1024 tokens to the next: the whole text is one window.
BOOST_AUTO_TEST_CASE(a_long_text_is_read_with_carried_state) {
  const Folder folder;
  std::vector<std::int32_t> ids;
  for (std::int32_t i = 0; i < 2500; ++i) ids.push_back(4 + (i * i + i / 7) % 26);
  const std::string file = folder.write("long.txt", text_of(ids));
  const LoadedModel loaded = model_of_script(DType::f64);
  const TextReport carried = evaluate_text(loaded, {file, 0, 0, {}});
  const TextReport whole = evaluate_text(loaded, {file, 2499, 2499, {}});
  BOOST_TEST(carried.windows == 3);
  BOOST_TEST(whole.windows == 1);
  BOOST_TEST(std::abs(carried.nll - whole.nll) < 1e-8 * whole.nll, carried.nll << " and " << whole.nll);
  BOOST_TEST(carried.counted == 2499);
}

// A trained run: `strata eval` of a split in one lane, and the same text as a file.
BOOST_AUTO_TEST_CASE(a_text_has_the_loss_that_evaluation_measures) {
  const Folder folder;
  std::string text, held_out;
  for (int i = 0; i < 300; ++i) {
    const std::string line = "line " + std::to_string(i * i) + " of a text\n";
    text += line;
    if (i >= 240) held_out += line;
  }
  folder.write("text.txt", text);
  folder.write("valid.txt", held_out);
  Config recipe = parse_json(R"({
      "data": {"type": "text", "valid_share": 0.2},
      "tokenizer": "characters",
      "model": {"type": "char_lm", "embedding": 6, "recurrent": {"hidden": 7}},
      "feed": {"type": "stream", "lanes": 1, "window": 50, "end": false},
      "train": {"type": "supervised", "max_updates": 30, "metrics": ["loss"]}})",
                             "recipe.json");
  recipe.set("data.file", folder.path("text.txt"));
  TrainRunOptions options;
  options.output = folder.path("run");
  train_run(recipe, options, {strata_test::plugins()});
  EvaluateOptions evaluate;
  evaluate.split = "valid";
  const double expected = evaluate_run(options.output, evaluate, {strata_test::plugins()}).at(0).value;
  const ContextScope scope;
  const LoadedModel loaded = load_model(options.output, "best", {strata_test::plugins()});
  const TextReport report = evaluate_text(loaded, {folder.path("valid.txt"), 0, 0, {}});
  BOOST_TEST_MESSAGE("loss of the split " << expected << ", of the file " << report.loss());
  BOOST_TEST(std::abs(report.loss() - expected) < 1e-5);
  BOOST_TEST(report.counted == static_cast<std::int64_t>(held_out.size()) - 1);
  // Windows over the whole text and state that is carried are the same, whatever reads them.
  const TextReport windows = evaluate_text(loaded, {folder.path("valid.txt"), report.counted, report.counted, {}});
  BOOST_TEST(std::abs(windows.loss() - expected) < 1e-5);
}

// A model of pairs: the sum over the target, with its end, is minus the loss.
BOOST_AUTO_TEST_CASE(pairs_add_up_to_their_loss) {
  LoadedModel loaded;
  loaded.tokenizers = test::letters();
  const std::string small =
      R"("width": 8, "dropout": 0, "encoder": {"layers": 1}, "decoder": {"layers": 1}, "block": {"type": "transformer",
         "dropout": 0, "attention": {"type": "sdpa", "heads": 2}, "feed_forward": {"type": "feed_forward", "hidden": 8}})";
  loaded.model = strata_test::make<Model>(R"({"type": "transformer", )" + small + "}",
                                          {Sizes{{"source", {test::kVocabulary}}, {"target", {test::kVocabulary}}}});
  loaded.model->materialise(5, DType::f64);
  Feed::Facts facts;
  facts.tokenizers = loaded.tokenizers;
  loaded.feed = strata_test::make<Feed>(R"({"type": "pairs"})", facts);
  TokenScorer scorer(*loaded.model, loaded.feed, loaded.tokenizers, {2, 8192}, "test");
  BOOST_TEST(scorer.translates());
  const std::vector<GivenTokens> given{scorer.encode("a b c d", "x y"), scorer.encode("q", "r s t u v"),
                                       scorer.encode("", "z"), scorer.encode("k l", "")};
  const std::vector<std::vector<double>> found = scorer.score(given);
  const NoGrad none;
  for (std::size_t i = 0; i < given.size(); ++i) {
    double sum = 0;
    for (const double one : found[i]) sum += one;
    const EncodedPair pair{given[i].before, {given[i].ids.data(), given[i].ids.size() - 1}, 0};
    const double loss = loaded.model->loss(to_tensors(make_pair_batch({&pair, 1})), {}).sum.item();
    BOOST_TEST(std::abs(sum + loss) < 1e-10, "pair " << i << ": " << sum << " and a loss of " << loss);
    BOOST_TEST(found[i].size() == given[i].ids.size());
  }
}

BOOST_AUTO_TEST_SUITE_END()
