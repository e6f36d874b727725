// TextWriter: texts that go on with prompts, their ends, and what is refused.
#include "strata/run/generate_run.hpp"

#include <boost/test/unit_test.hpp>

#include "framework/run/letters.hpp"
#include "framework/run/mirror.hpp"
#include "strata/core/json.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/run/answer_run.hpp"
#include "strata/run/load_model.hpp"
#include "throws.hpp"

using namespace strata;
using namespace strata::test;

namespace {

// Goes on with the alphabet; after "z" the text ends. The first letter of the prompt, which begin() reads, is said
// again every fifth time, so that a state in the wrong row would be seen.
class Alphabet : public Silent, public Generator {
 public:
  struct Rows final : State {
    std::vector<std::int64_t> first, read, written;
  };
  std::string_view input() const override { return "tokens"; }
  bool continues_input() const override { return true; }
  std::unique_ptr<State> begin(const TensorBatch& batch) override {
    auto state = std::make_unique<Rows>();
    const std::vector<std::int64_t> ids = batch["tokens"].to_integers();
    for (std::int64_t row = 0; row < batch["tokens"].size(0); ++row) {
      state->first.push_back(ids[static_cast<std::size_t>(row * batch["tokens"].size(1))]);
      state->read.push_back(batch["tokens_lengths"].to_integers()[static_cast<std::size_t>(row)] - 1);
      state->written.push_back(0);
    }
    return state;
  }
  Tensor step(State& state, const Tensor& ids) override {
    auto& rows = static_cast<Rows&>(state);
    const std::vector<std::int64_t> last = ids.to_integers();
    std::vector<float> logits(last.size() * static_cast<std::size_t>(kVocabulary), 0);
    for (std::size_t row = 0; row < last.size(); ++row) {
      std::int64_t next = last[row] + 1 < kVocabulary ? last[row] + 1 : kEnd;
      if (++rows.written[row] % 5 == 0) next = rows.first[row];
      if (max_length() > 0) BOOST_TEST(++rows.read[row] <= max_length());
      logits[row * static_cast<std::size_t>(kVocabulary) + static_cast<std::size_t>(next)] = 9;
    }
    return Tensor::from(logits, {static_cast<std::int64_t>(last.size()), kVocabulary});
  }
  void reorder(State& state, const Tensor& rows, const Tensor&) override {
    auto& old = static_cast<Rows&>(state);
    Rows chosen;
    for (const std::int64_t row : rows.to_integers()) {
      chosen.first.push_back(old.first[static_cast<std::size_t>(row)]);
      chosen.read.push_back(old.read[static_cast<std::size_t>(row)]);
      chosen.written.push_back(old.written[static_cast<std::size_t>(row)]);
    }
    old.first = std::move(chosen.first);
    old.read = std::move(chosen.read);
    old.written = std::move(chosen.written);
  }
};

// The same with a context: no row may read more tokens than that.
class Limited final : public Alphabet {
 public:
  explicit Limited(std::int64_t context) : context_(context) {}
  std::int64_t max_length() const override { return context_; }

 private:
  std::int64_t context_;
};

// A writer cannot be copied, but it can be returned.
TextWriter write_with(const LoadedModel& loaded, const GenerateOptions& options) {
  return {*loaded.model, loaded.feed, loaded.tokenizers, options};
}

LoadedModel loaded(std::shared_ptr<Model> model) {
  LoadedModel out;
  out.model = std::move(model);
  out.tokenizers = {{"text", std::make_shared<Letters>()}};
  Feed::Facts facts;
  facts.tokenizers = out.tokenizers;
  out.feed = default_registry().make<Feed>(Config("stream"), facts);
  return out;
}

std::vector<std::string> texts(const LoadedModel& model, const GenerateOptions& options,
                               const std::vector<std::string>& prompts) {
  std::vector<std::string> out;
  for (const auto& outputs : write_with(model, options).generate(prompts)) {
    for (const Generation& one : outputs) out.push_back(one.text);
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(generate)

BOOST_AUTO_TEST_CASE(goes_on_with_prompts_of_all_lengths) {
  const LoadedModel model = loaded(std::make_shared<Alphabet>());
  GenerateOptions options;
  options.max_tokens = 6;
  const std::vector<std::string> prompts{"b c d", "h", "a x y", "m n"};
  const std::vector<std::string> expected{"e f g h b c", "i j k l h i", "z", "o p q r m n"};
  for (const std::int64_t size : {1, 3, 16}) {
    options.batch_size = size;
    BOOST_TEST(texts(model, options, prompts) == expected, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(ends_have_their_reason) {
  const LoadedModel model = loaded(std::make_shared<Alphabet>());
  GenerateOptions options;
  options.max_tokens = 4;
  const auto cut = write_with(model, options).generate(std::vector<std::string>{"a", "y"});
  BOOST_TEST((cut[0][0].finish_reason == FinishReason::length));
  BOOST_TEST((cut[1][0].finish_reason == FinishReason::stop));  // the end token
  BOOST_TEST(cut[1][0].text == "z");
  options.stop = {"e", "d"};
  const auto stopped = write_with(model, options).generate(std::vector<std::string>{"a"});
  BOOST_TEST(write_json(to_config(stopped[0][0]), 0) == R"({"text": "b c ", "ids": [5, 6], "finish_reason": "stop"})");
}

BOOST_AUTO_TEST_CASE(samples_depend_on_the_number_of_the_prompt_and_the_seed_alone) {
  const LoadedModel model = loaded(std::make_shared<Alphabet>());
  GenerateOptions options;
  options.max_tokens = 12;
  options.temperature = 4;
  options.n = 3;
  const std::vector<std::string> prompts{"a", "b c", "d e f"};
  const std::vector<std::string> first = texts(model, options, prompts);
  options.batch_size = 2;
  BOOST_TEST(texts(model, options, prompts) == first, boost::test_tools::per_element());
  options.seed = 2;
  BOOST_TEST((texts(model, options, prompts) != first));
}

BOOST_AUTO_TEST_CASE(an_output_ends_where_the_context_is_full) {
  const LoadedModel model = loaded(std::make_shared<Limited>(4));
  GenerateOptions options;
  options.max_tokens = 8;
  TextWriter writer = write_with(model, options);
  const auto found = writer.generate(std::vector<std::string>{"a b", "d e f g", "y"});
  BOOST_TEST(found[0][0].text == "c d e");  // the last token need not be read
  BOOST_TEST(found[1][0].text == "h");
  BOOST_TEST(found[2][0].text == "z");
  BOOST_TEST((found[0][0].finish_reason == FinishReason::length));
  BOOST_TEST((found[2][0].finish_reason == FinishReason::stop));
  BOOST_TEST(writer.warnings() ==
                 std::vector<std::string>{"2 of 3 outputs ended where the context of the model was full, at 4 tokens"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_prompt_longer_than_the_context_is_an_error_after_the_others) {
  const LoadedModel model = loaded(std::make_shared<Limited>(4));
  GenerateOptions options;
  options.max_tokens = 1;
  for (const std::int64_t size : {1, 2, 16}) {
    options.batch_size = size;
    TextWriter writer = write_with(model, options);
    std::vector<std::string> done;
    check_throws(
        [&] {
          writer.generate(std::vector<std::string>{"a", "b", "c d e f", "a b c d e", "g"}, {},
                          [&](const std::vector<Generation>& outputs) { done.push_back(outputs[0].text); });
        },
        "E_DATA_LONG", "line 4", "the prompt has 5 tokens, and the model has a context of 4");
    BOOST_TEST(done == (std::vector<std::string>{"b", "c", "g"}), boost::test_tools::per_element());
  }
}

// Each time the context is full, its newest half is read anew: two tokens, after which there is room for three.
BOOST_AUTO_TEST_CASE(an_output_goes_on_beyond_the_context) {
  const LoadedModel model = loaded(std::make_shared<Limited>(4));
  GenerateOptions options;
  options.max_tokens = 8;
  options.context_policy = ContextPolicy::drop_oldest;
  TextWriter writer = write_with(model, options);
  const auto found = writer.generate(std::vector<std::string>{"a b", "d e f g h i", "v"});
  BOOST_TEST(found[0][0].text == "c d e f g h i j");
  BOOST_TEST(found[1][0].text == "j k l m n o p q");
  BOOST_TEST(found[2][0].text == "w x y z");
  BOOST_TEST((found[2][0].finish_reason == FinishReason::stop));
  BOOST_TEST(writer.warnings() ==
                 (std::vector<std::string>{
                     "2 tokens of 1 prompts were dropped, the oldest: the model has a context of 4 tokens",
                     "3 of 3 outputs went on beyond the context of the model, 4 tokens: each time its newest half was "
                     "read anew"}),
             boost::test_tools::per_element());
  // With a context of eight, seven tokens come first, of which the fifth is "a", the first that was read; then "f a b
  // c" are read anew, and the fifth token after them is "f".
  options.max_tokens = 12;
  const auto wide = write_with(loaded(std::make_shared<Limited>(8)), options).generate(std::vector<std::string>{"a b"});
  BOOST_TEST(wide[0][0].text == "c d e f a b c d e f g f");
}

BOOST_AUTO_TEST_CASE(samples_beyond_the_context_depend_on_the_prompt_alone) {
  const LoadedModel model = loaded(std::make_shared<Limited>(5));
  GenerateOptions options;
  options.max_tokens = 14;
  options.temperature = 4;
  options.n = 3;
  options.context_policy = ContextPolicy::drop_oldest;
  const std::vector<std::string> prompts{"a", "b c", "d e f g h i j", "k l", "m"};
  const std::vector<std::string> first = texts(model, options, prompts);
  for (const std::int64_t size : {1, 2}) {
    options.batch_size = size;
    BOOST_TEST(texts(model, options, prompts) == first, boost::test_tools::per_element());
  }
  options.seed = 2;
  BOOST_TEST((texts(model, options, prompts) != first));
}

BOOST_AUTO_TEST_CASE(refusals) {
  GenerateOptions options;
  options.n = 2;
  const LoadedModel writer = loaded(std::make_shared<Alphabet>());
  check_throws([&] { write_with(writer, options); }, "E_CONFIG_RANGE", "n", "temperature 0");
  const LoadedModel translator = loaded(std::make_shared<Mirror>());
  check_throws([&] { write_with(translator, {}); }, "E_MODEL_CAPABILITY", "generate", "strata translate");
  const LoadedModel nothing = loaded(std::make_shared<Silent>());
  check_throws([&] { write_with(nothing, {}); }, "E_MODEL_CAPABILITY", "generate");
}

BOOST_AUTO_TEST_SUITE_END()
