// Answerer "logprobs": ids and log-probabilities of texts, what has none, and which texts are refused.
#include <boost/test/unit_test.hpp>

#include "framework/data/folder.hpp"
#include "framework/run/mirror.hpp"
#include "framework/run/spy_lm.hpp"
#include "strata/core/json.hpp"
#include "strata/run/answer_run.hpp"
#include "throws.hpp"

using namespace strata;
using namespace strata::test;
using strata_test::Folder;

namespace {

// log p of a number after another is minus their product over 64.
LoadedModel products(bool start = false, std::int64_t context = 0) {
  register_answerers(default_registry());
  return with_tokenizer(
      std::make_shared<SpyLm>(
          [](const SpyLm::Row& row, std::size_t at) { return -static_cast<double>(row[at - 1] * row[at]) / 64; },
          context),
      std::make_shared<Numbers>(), start);
}

// A model of pairs: log p of a target token is minus the number of source tokens, with their end, times it over 64.
class SpyPairs final : public Silent, public Scorer {
 public:
  Tensor score(const TensorBatch& batch) override {
    const auto source = batch["source_lengths"].to_integers(), ids = batch["target_out"].to_integers();
    const auto time = static_cast<std::size_t>(batch["target_out"].size(1));
    std::vector<double> out;
    for (std::size_t i = 0; i < ids.size(); ++i) out.push_back(-static_cast<double>(source[i / time] * ids[i]) / 64);
    return Tensor::from(out, batch["target_out"].shape());
  }
};

std::vector<std::string> answers(const LoadedModel& loaded, const std::string& lines, bool json = true,
                                 const char* options = "{}") {
  const Folder folder;
  const std::string file = folder.write("in.txt", lines);
  Config spec = parse_json(options, "test");
  spec.put("type", "logprobs");
  const auto answerer = make_answerer(spec, loaded, default_registry());
  std::vector<std::string> out;
  answer_all(*answerer, *example_lines(file, answerer->fields()), answerer->chunk(),
             [&](const std::vector<Answer>& all) {
               BOOST_TEST(all.size() == 1U);
               out.push_back(json ? write_json(all[0].json, 0) : all[0].line);
             });
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(logprobs)

BOOST_AUTO_TEST_CASE(texts_of_all_lengths_in_their_order) {
  const std::string lines = "8 4 16\n\n5\n32 32\n";
  const std::vector<std::string> expected{R"({"ids": [8, 4, 16], "logprobs": [null, -0.5, -1.0], "sum": -1.5})",
                                          R"({"ids": [], "logprobs": [], "sum": 0.0})",
                                          R"({"ids": [5], "logprobs": [null], "sum": 0.0})",
                                          R"({"ids": [32, 32], "logprobs": [null, -16.0], "sum": -16.0})"};
  for (const char* options : {"{}", R"({"batch_size": 1})", R"({"chunk": 1})", R"({"batch_tokens": 4})"}) {
    BOOST_TEST(answers(products(), lines, true, options) == expected, boost::test_tools::per_element());
  }
}

// The start token, which is number 1, is read before a text, and is not among its ids.
BOOST_AUTO_TEST_CASE(a_start_token_gives_the_first_its_log_probability) {
  const std::vector<std::string> expected{R"({"ids": [8, 4], "logprobs": [-0.125, -0.5], "sum": -0.625})",
                                          R"({"ids": [], "logprobs": [], "sum": 0.0})",
                                          R"({"ids": [16], "logprobs": [-0.25], "sum": -0.25})"};
  BOOST_TEST(answers(products(true), "8 4\n\n16\n") == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(targets_are_scored_given_their_sources) {
  LoadedModel loaded;
  register_answerers(default_registry());
  loaded.model = std::make_shared<SpyPairs>();
  loaded.tokenizers = letters();  // "a" is 4; the end is 2
  Feed::Facts facts;
  facts.tokenizers = loaded.tokenizers;
  loaded.feed = default_registry().make<Feed>(Config("pairs"), facts);
  const std::vector<std::string> expected{R"({"ids": [4, 2], "logprobs": [-0.125, -0.0625], "sum": -0.1875})",
                                          R"({"ids": [2], "logprobs": [-0.125], "sum": -0.125})",
                                          R"({"ids": [8, 2], "logprobs": [-0.125, -0.03125], "sum": -0.15625})"};
  const std::string lines = "x\ta\nx y z\t\n{\"source\": \"\", \"target\": \"e\"}\n";
  BOOST_TEST(answers(loaded, lines) == expected, boost::test_tools::per_element());
  const Error three = thrown([&] { (void)answers(loaded, "a\tb\tc\n"); });
  BOOST_TEST(three.code() == "E_DATA_FIELD");
  BOOST_TEST(three.message() == "3 texts between tabs, and an example has 2");
  BOOST_TEST(thrown([&] { (void)answers(loaded, "a b\n"); }).code() == "E_CONFIG_JSON");
}

BOOST_AUTO_TEST_CASE(a_line_for_a_person) {
  const std::vector<std::string> lines = answers(products(), "8 4 16\n", false);
  BOOST_TEST(lines[0] == "-1.5000\t3\t2.1170\t8 4 16");  // exp(1.5 / 2)
}

BOOST_AUTO_TEST_CASE(what_fits_before_a_text_that_is_too_long_is_answered) {
  const LoadedModel loaded = products(false, 3);
  BOOST_TEST(answers(loaded, "4 5 6 7\n").size() == 1U);  // the last token is not read
  const Folder folder;
  const std::string file = folder.write("in.txt", "4 5\n6 7\n4 5 6 7 8\n9\n");
  const auto answerer = make_answerer(Config("logprobs"), loaded, default_registry());
  int answered = 0;
  check_throws(
      [&] {
        answer_all(*answerer, *example_lines(file, answerer->fields()), 64,
                   [&](const std::vector<Answer>&) { ++answered; });
      },
      "E_DATA_LONG", file + ":3", "4 tokens are read, and the model has a context of 3");
  BOOST_TEST(answered == 2);
  LoadedModel mirror;
  mirror.model = std::make_shared<Mirror>();
  mirror.tokenizers = letters();
  check_throws([&] { (void)make_answerer(Config("logprobs"), mirror, default_registry()); }, "E_MODEL_CAPABILITY",
               "logprobs", "no Scorer");
}

BOOST_AUTO_TEST_SUITE_END()
