// evaluate_choices: which choice is best by the sum, by bytes and by tokens, what is scored after which prompt, and
// lines that are no questions.
#include "strata/run/evaluate_choices.hpp"

#include <boost/test/unit_test.hpp>

#include "framework/data/folder.hpp"
#include "framework/run/spy_lm.hpp"
#include "throws.hpp"

using namespace strata;
using namespace strata::test;
using strata_test::Folder;

namespace {

// log p of a number is minus itself over 100.
LoadedModel hundredths(std::int64_t context = 0, bool start = false, std::shared_ptr<SpyLm>* spy = nullptr) {
  const auto model = std::make_shared<SpyLm>(
      [](const SpyLm::Row& row, std::size_t at) { return -static_cast<double>(row[at]) / 100; }, context);
  if (spy != nullptr) *spy = model;
  return with_tokenizer(model, std::make_shared<Numbers>(), start);
}

ChoicesReport report_of(const std::string& lines, const LoadedModel& loaded, EvaluateChoicesOptions options = {}) {
  const Folder folder;
  options.file = folder.write("questions.jsonl", lines);
  return evaluate_choices(loaded, options);
}

void refused(const std::string& line, const char* code, const char* says) {
  const Folder folder;
  const std::string good = R"({"prompt": "5 ", "choices": ["6", "7"], "answer": 0})"
                           "\n";
  const std::string file = folder.write("questions.jsonl", good + line + "\n");
  check_throws([&] { (void)evaluate_choices(hundredths(20), {file}); }, code, file + ":2", says);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(evaluate_choices_)

// Sums, sums over bytes, and sums over tokens, by hand:
//   "100 100"  -2.00, over 7 bytes -0.2857, over 2 tokens -1.00
//   "150"      -1.50, over 3 bytes -0.5000, over 1 token  -1.50
//   "90 90 90" -2.70, over 8 bytes -0.3375, over 3 tokens -0.90
BOOST_AUTO_TEST_CASE(the_best_choice_by_three_measures) {
  const std::string choices = R"({"prompt": "7 8 ", "choices": ["100 100", "150", "90 90 90"], "answer": )";
  for (const std::int64_t size : {1, 64}) {
    EvaluateChoicesOptions options;
    options.batch.size = size;
    std::string lines;
    for (const char* answer : {"1", "\"150\"", "0", "0", "0", "2, \"id\": 9"}) lines += choices + answer + "}\n";
    lines += R"({"prompt": "", "choices": ["5", "4"], "answer": 1})";
    const ChoicesReport report = report_of(lines + "\n", hundredths(), options);
    BOOST_TEST(report.questions == 7);
    BOOST_TEST(report.choices == 20);
    BOOST_TEST(report.right == 3);            // 1, "150" and the last
    BOOST_TEST(report.right_by_bytes == 4);   // 0 three times and the last
    BOOST_TEST(report.right_by_tokens == 2);  // 2 and the last
    BOOST_TEST(report.acc() == 3.0 / 7);
    BOOST_TEST(report.acc_norm() == 4.0 / 7);
    BOOST_TEST(report.acc_norm_tokens() == 2.0 / 7);
    BOOST_TEST(std::abs(report.acc_stderr() - std::sqrt(3.0 / 7 * 4 / 7 / 6)) < 1e-12);
    BOOST_TEST(std::abs(report.chance - 2.5 / 7) < 1e-12);
  }
}

BOOST_AUTO_TEST_CASE(more_questions_than_are_scored_together) {
  std::string lines;
  for (int i = 0; i < 700; ++i) {
    lines += R"({"prompt": "9", "choices": [" 5", " 4", " 6"], "answer": )" + std::to_string(i % 3) + "}\n";
  }
  const ChoicesReport report = report_of(lines, hundredths());
  BOOST_TEST(report.questions == 700);
  BOOST_TEST(report.right == 233);
}

// The prompt is read and not scored, after a start token where the feed puts one; an empty prompt is what the feed puts
// in its place; the oldest tokens go where both do not fit.
BOOST_AUTO_TEST_CASE(what_is_read_before_a_choice) {
  using Rows = std::vector<SpyLm::Row>;
  const std::string line = R"({"prompt": "7 8 9", "choices": [" 5 6", " 4"], "answer": 0})"
                           "\n";
  std::shared_ptr<SpyLm> spy;
  (void)report_of(line, hundredths(0, false, &spy));
  BOOST_TEST((spy->rows == Rows{{7, 8, 9, 5, 6}, {7, 8, 9, 4}}));
  (void)report_of(line, hundredths(0, true, &spy));
  BOOST_TEST((spy->rows == Rows{{kStart, 7, 8, 9, 5, 6}, {kStart, 7, 8, 9, 4}}));
  const std::string empty = R"({"prompt": "", "choices": ["5 6", "4"], "answer": 0})"
                            "\n";
  (void)report_of(empty, hundredths(0, false, &spy));
  BOOST_TEST((spy->rows == Rows{{kEnd, 5, 6}, {kEnd, 4}}));
  (void)report_of(empty, hundredths(0, true, &spy));
  BOOST_TEST((spy->rows == Rows{{kStart, 5, 6}, {kStart, 4}}));
  EvaluateChoicesOptions options;
  options.policy = ContextPolicy::drop_oldest;
  const ChoicesReport report = report_of(line + empty, hundredths(3, false, &spy), options);
  BOOST_TEST((spy->rows == Rows{{8, 9, 5, 6}, {7, 8, 9, 4}, {kEnd, 5, 6}, {kEnd, 4}}));
  BOOST_TEST(report.dropped.tokens == 1);
  BOOST_TEST(report.dropped.texts == 1);
  BOOST_TEST(report.dropped.line("prompts", 3) ==
             "1 tokens of 1 prompts were dropped, the oldest: the model has a context of 3 tokens");
}

BOOST_AUTO_TEST_CASE(lines_that_are_no_questions) {
  refused("[]", "E_DATA_FIELD", "no JSON object");
  refused(R"({"choices": ["6", "7"], "answer": 0})", "E_DATA_FIELD", "field \"prompt\": it is missing");
  refused(R"({"prompt": 5, "choices": ["6", "7"], "answer": 0})", "E_DATA_FIELD", "field \"prompt\": it is no text");
  refused(R"({"prompt": "5 ", "choices": ["6"], "answer": 0})", "E_DATA_FIELD", "two texts or more");
  refused(R"({"prompt": "5 ", "choices": ["6", 7], "answer": 0})", "E_DATA_FIELD", "number 2 is no text");
  refused(R"({"prompt": "5 ", "choices": ["6", ""], "answer": 0})", "E_DATA_FIELD", "number 2 is empty");
  refused(R"({"prompt": "5 ", "choices": ["6", "7"]})", "E_DATA_FIELD", "field \"answer\": it is missing");
  refused(R"({"prompt": "5 ", "choices": ["6", "7"], "answer": 2})", "E_DATA_FIELD",
          "2 is no index of a choice (allowed: 0 to 1)");
  refused(R"({"prompt": "5 ", "choices": ["6", "7"], "answer": -1})", "E_DATA_FIELD", "-1 is no index");
  refused(R"({"prompt": "5 ", "choices": ["6", "7"], "answer": "8"})", "E_DATA_FIELD",
          "\"8\" is the text of 0 of 2 choices");
  refused(R"({"prompt": "5 ", "choices": ["6", "6"], "answer": "6"})", "E_DATA_FIELD", "\"6\" is the text of 2 of 2");
  refused(R"({"prompt": "5 ", "choices": ["6", "7"], "answer": 0.5})", "E_DATA_FIELD", "neither an index nor");
  refused(R"({"prompt": "5 ", "choices": ["6", "  "], "answer": 0})", "E_DATA_FIELD", "\"  \" adds no token to the 1");
  std::string longer = "4";
  for (int i = 0; i < 19; ++i) longer += " 5";
  refused(R"({"prompt": ")" + longer + R"( ", "choices": ["6", "7 8"], "answer": 0})", "E_DATA_LONG",
          "21 tokens are read, and the model has a context of 20");
}

BOOST_AUTO_TEST_CASE(files_without_questions) {
  const Folder folder;
  const std::string empty = folder.write("empty.jsonl", "");
  check_throws([&] { (void)evaluate_choices(hundredths(), {empty}); }, "E_DATA_EMPTY", empty, "no question");
  const std::string broken = folder.write("broken.jsonl", "{\"prompt\": \n");
  check_throws([&] { (void)evaluate_choices(hundredths(), {broken}); }, "E_CONFIG_JSON", broken + ":1:1:12", "");
}

BOOST_AUTO_TEST_SUITE_END()
