// Log-probabilities of texts by gpt: minus the loss of the same tokens, for rows of up to one token more than the
// context; windows of a text; and outputs near the end of the context, for prompts of several lengths together.
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "framework/data/folder.hpp"
#include "framework/run/letters.hpp"
#include "plugins/load.hpp"
#include "strata/model/model.hpp"
#include "strata/run/evaluate_text.hpp"
#include "strata/run/generate_run.hpp"
#include "strata/run/token_scorer.hpp"
#include "strata/tensor/context.hpp"

using namespace strata;
using strata_test::Folder;

namespace {

constexpr std::int64_t kContext = 9;
const char* const kForms[] = {"gpt", "llama", "bloom"};  // learned positions, rotary ones, ALiBi

// A small model with this context over the letters.
LoadedModel small(const std::string& form, DType dtype = DType::f64) {
  LoadedModel out;
  out.tokenizers = {{"text", std::make_shared<test::Letters>()}};
  out.model = strata_test::make<Model>(R"({"type": ")" + form + R"(", "width": 8, "layers": 2, "heads": 2, "hidden": 12,
      "dropout": 0, "deviation": 0.5, "context": )" +
                                           std::to_string(kContext) + "}",
                                       {Sizes{{"tokens", {test::kVocabulary}}}});
  out.model->materialise(11, dtype);
  Feed::Facts facts;
  facts.tokenizers = out.tokenizers;
  out.feed = strata_test::make<Feed>(R"({"type": "stream"})", facts);
  return out;
}

std::vector<std::int32_t> letters_of(std::int64_t count) {
  std::vector<std::int32_t> ids;
  for (std::int64_t i = 0; i < count; ++i)
    ids.push_back(static_cast<std::int32_t>(kSpecials + (i * i + 3 * i / 2) % 26));
  return ids;
}

// -log p of ids[1], ids[2], ..., each given all before it, by the loss of training.
double loss_of(Model& model, std::span<const std::int32_t> ids, std::int64_t ignored = 0) {
  const std::vector<std::int64_t> all(ids.begin(), ids.end());
  const auto time = static_cast<std::int64_t>(all.size()) - 1;
  std::vector<std::int64_t> targets(all.begin() + 1, all.end());
  std::fill(targets.begin(), targets.begin() + ignored, -1);
  TensorBatch batch;
  batch.put("tokens", Tensor::from(std::vector<std::int64_t>(all.begin(), all.end() - 1), {1, time}));
  batch.put("targets", Tensor::from(targets, {1, time}));
  const ContextScope scope;
  context().recording = false;
  return model.loss(batch, {}).sum.item();
}

double sum_of(const std::vector<double>& found) {
  double sum = 0;
  for (const double one : found) sum += std::isnan(one) ? 0 : one;
  return sum;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gpt_scores)

BOOST_AUTO_TEST_CASE(log_probabilities_add_up_to_the_loss) {
  for (const char* form : kForms) {
    const LoadedModel loaded = small(form);
    TokenScorer scorer(*loaded.model, loaded.feed, loaded.tokenizers, {}, "test");
    BOOST_TEST(scorer.context() == kContext);
    std::vector<GivenTokens> given;
    for (const std::int64_t count : {2, 5, 9, 10}) given.push_back({{}, letters_of(count)});  // rows of one batch
    const auto found = scorer.score(given);
    for (std::size_t i = 0; i < given.size(); ++i) {
      const double loss = loss_of(*loaded.model, given[i].ids);
      BOOST_TEST(std::abs(sum_of(found[i]) + loss) < 1e-10,
                 form << ", " << given[i].ids.size() << " tokens: " << sum_of(found[i]) << " and a loss of " << loss);
    }
  }
}

BOOST_AUTO_TEST_CASE(windows_of_a_text_add_up_to_their_losses) {
  const Folder folder;
  const std::vector<std::int32_t> ids = letters_of(40);
  const std::string file = folder.write("text.txt", test::Letters().decode(ids));
  for (const char* form : kForms) {
    const LoadedModel loaded = small(form);
    for (const std::int64_t stride : {1, 4, 9}) {
      const TextReport report = evaluate_text(loaded, {file, 0, stride, {}});
      double expected = loss_of(*loaded.model, std::span(ids).first(kContext + 1));
      for (std::int64_t done = kContext + 1; done < 40; done += stride) {
        const std::int64_t end = std::min<std::int64_t>(done + stride, 40), begin = end - kContext - 1;
        expected += loss_of(*loaded.model, std::span(ids).subspan(static_cast<std::size_t>(begin), kContext + 1),
                            done - begin - 1);
      }
      BOOST_TEST(report.counted == 39);
      BOOST_TEST(std::abs(report.nll - expected) < 1e-9, form << ", stride " << stride << ": " << report.nll);
    }
  }
}

// A short prompt writes up to the end of the context, whatever longer prompts it is read with.
BOOST_AUTO_TEST_CASE(outputs_reach_the_end_of_the_context_together_and_alone) {
  const std::vector<std::string> prompts{"a b", "c d e f g h i j k", "l", "m n o p q"};
  for (const char* form : kForms) {
    const LoadedModel loaded = small(form, DType::f32);
    for (const ContextPolicy policy : {ContextPolicy::error, ContextPolicy::drop_oldest}) {
      GenerateOptions options;
      options.max_tokens = 30;
      options.context_policy = policy;
      TextWriter together(*loaded.model, loaded.feed, loaded.tokenizers, options);
      options.batch_size = 1;
      TextWriter alone(*loaded.model, loaded.feed, loaded.tokenizers, options);
      const auto all = together.generate(prompts), each = alone.generate(prompts);
      for (std::size_t i = 0; i < prompts.size(); ++i) {
        BOOST_TEST(all[i][0].text == each[i][0].text, form << ", " << prompts[i]);
        const auto prompt = static_cast<std::int64_t>(prompts[i].size() + 1) / 2;
        const bool ended = all[i][0].finish_reason == FinishReason::stop;
        const std::int64_t most = policy == ContextPolicy::error ? kContext - prompt + 1 : 30;
        const auto written = static_cast<std::int64_t>(all[i][0].ids.size());
        BOOST_TEST((ended ? written < most : written == most), form << ", " << prompts[i] << ": " << written);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
