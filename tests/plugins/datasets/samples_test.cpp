// Dataset "samples": number words, dates and questions against hand-written ones, disjoint splits, a fixed draw.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <map>
#include <set>
#include <sstream>

#include "framework/data/folder.hpp"
#include "plugins/datasets/samples/samples.hpp"
#include "plugins/load.hpp"
#include "strata/data/dataset.hpp"

using namespace strata;
using namespace samples;
using strata_test::check_error;

namespace {

std::shared_ptr<Dataset> make(const std::string& options) {
  return strata_test::make<Dataset>(R"({"type": "samples")" + options + "}");
}

std::map<std::string, std::string> read(const Dataset& dataset, const std::string& split) {
  std::map<std::string, std::string> pairs;
  Example pair;
  for (const auto reader = dataset.open(split); reader->next(pair);) {
    const std::string& source = pair.fields[0].text;
    BOOST_TEST(pairs.emplace(source, pair.fields[1].text).second, "twice: " << source);
  }
  return pairs;
}

// Everything that one draw of a task holds: more than 60,000 pairs.
std::map<std::string, std::string> everything(const std::string& name) {
  const auto dataset = make(R"(, "train": 60000, "valid": 5000, "test": 5000, "name": ")" + name + "\"");
  std::map<std::string, std::string> all;
  for (const std::string& split : dataset->splits()) all.merge(read(*dataset, split));
  BOOST_TEST(all.size() == 70000U);  // so no source is in two splits
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(samples_dataset)

BOOST_AUTO_TEST_CASE(numbers_by_hand) {
  struct Row {
    std::int64_t number;
    const char *american, *british, *german;
  };
  const std::vector<Row> rows = {
      {0, "zero", "zero", "null"},
      {1, "one", "one", "eins"},
      {7, "seven", "seven", "sieben"},
      {12, "twelve", "twelve", "zw\xc3\xb6lf"},
      {16, "sixteen", "sixteen", "sechzehn"},
      {17, "seventeen", "seventeen", "siebzehn"},
      {20, "twenty", "twenty", "zwanzig"},
      {21, "twenty-one", "twenty-one", "einundzwanzig"},
      {35, "thirty-five", "thirty-five", "f\xc3\xbcnfunddrei\xc3\x9fig"},
      {66, "sixty-six", "sixty-six", "sechsundsechzig"},
      {74, "seventy-four", "seventy-four", "vierundsiebzig"},
      {100, "one hundred", "one hundred", "einhundert"},
      {101, "one hundred one", "one hundred and one", "einhunderteins"},
      {111, "one hundred eleven", "one hundred and eleven", "einhundertelf"},
      {274, "two hundred seventy-four", "two hundred and seventy-four", "zweihundertvierundsiebzig"},
      {1000, "one thousand", "one thousand", "eintausend"},
      {1001, "one thousand one", "one thousand and one", "eintausendeins"},
      {1100, "one thousand one hundred", "one thousand one hundred", "eintausendeinhundert"},
      {21000, "twenty-one thousand", "twenty-one thousand", "einundzwanzigtausend"},
      {101000, "one hundred one thousand", "one hundred and one thousand", "einhunderteintausend"},
      {100000, "one hundred thousand", "one hundred thousand", "einhunderttausend"},
      {999999, "nine hundred ninety-nine thousand nine hundred ninety-nine",
       "nine hundred and ninety-nine thousand nine hundred and ninety-nine",
       "neunhundertneunundneunzigtausendneunhundertneunundneunzig"},
  };
  for (const Row& row : rows) {
    BOOST_TEST(english_number(row.number, /*british=*/false) == row.american);
    BOOST_TEST(english_number(row.number, /*british=*/true) == row.british);
    BOOST_TEST(german_number(row.number, "") == row.german);
  }
  BOOST_TEST(german_number(274, " ") == "zwei hundert vier und siebzig");
  BOOST_TEST(everything("numbers").at("seventy-four") == "vierundsiebzig");
}

BOOST_AUTO_TEST_CASE(parts_are_told_apart) {
  const auto together = make(R"(, "name": "numbers")"), apart = make(R"(, "name": "numbers", "parts": true)");
  const auto words = read(*together, "test"), parts = read(*apart, "test");
  BOOST_TEST(words.size() == 1000U);
  std::set<std::string> vocabulary;
  for (const auto& [source, target] : parts) {
    std::string joined, part;
    for (const char c : target + " ") {
      if (c != ' ') part += c;
      if (c != ' ') continue;
      joined += part;
      vocabulary.insert(part);
      part.clear();
    }
    BOOST_TEST(words.at(source) == joined);
  }
  BOOST_TEST(vocabulary.size() <= 34U);  // null eins ein zwei ... neunzehn, eight tens, und hundert tausend
}

BOOST_AUTO_TEST_CASE(dates_by_hand) {
  const std::int64_t day = 31837;  // 1987-03-03, a Tuesday: 87 years of 365 days, 21 leap days, 31 + 28 + 2 days
  BOOST_TEST(iso_date(day) == "1987-03-03");
  const std::vector<std::string> forms = {"the 3rd of March, 1987",   "March 3, 1987",        "3 March 1987",
                                          "Tuesday, March 3rd, 1987", "Tuesday 3 March 1987", "Mar 3, 1987",
                                          "the third of March 1987",  "le 3 mars 1987",       "mardi 3 mars 1987",
                                          "le trois mars 1987",       "en 1987, le 3 mars",   "03/03/1987"};
  BOOST_REQUIRE(forms.size() == static_cast<std::size_t>(kDateForms));
  for (int form = 0; form < kDateForms; ++form)
    BOOST_TEST(date_text(day, form) == forms[static_cast<std::size_t>(form)]);
  BOOST_TEST(iso_date(0) == "1900-01-01");
  BOOST_TEST(date_text(0, 4) == "Monday 1 January 1900");
  BOOST_TEST(date_text(0, 7) == "le 1er janvier 1900");
  BOOST_TEST(iso_date(36583) == "2000-02-29");
  BOOST_TEST(date_text(36583, 8) == "mardi 29 f\xc3\xa9vrier 2000");
  BOOST_TEST(iso_date(kDays - 1) == "2099-12-31");
  BOOST_TEST(date_text(kDays - 1, 4) == "Thursday 31 December 2099");
}

BOOST_AUTO_TEST_CASE(dates_follow_their_words) {
  const std::map<std::string, std::string> drawn = everything("dates");
  const std::map<std::string, std::string> months = {{"January", "01"},     {"f\xc3\xa9vrier", "02"}, {"mars", "03"},
                                                     {"ao\xc3\xbbt", "08"}, {"December", "12"},       {"Sep ", "09"}};
  const std::map<std::string, std::string> days = {
      {"the first of ", "01"}, {"the twenty-first of ", "21"}, {"le premier ", "01"},     {"le 1er ", "01"},
      {"the 1st of ", "01"},   {"the 2nd of ", "02"},          {"the 11th of ", "11"},    {"the 12th of ", "12"},
      {"the 13th of ", "13"},  {"the 22nd of ", "22"},         {"le vingt et un ", "21"}, {"le trente et un ", "31"}};
  std::map<std::string, int> seen;
  for (const auto& [source, target] : drawn) {
    BOOST_TEST((target.size() == 10 && target[4] == '-' && target[7] == '-'));
    for (const auto& [word, number] : months) {
      if (source.find(word) != std::string::npos && ++seen[word] > 0) BOOST_TEST(target.substr(5, 2) == number);
    }
    for (const auto& [word, number] : days) {
      if (source.find(word) != std::string::npos && ++seen[word] > 0) BOOST_TEST(target.substr(8, 2) == number);
    }
    if (source[2] == '/') {
      BOOST_TEST(target == source.substr(6, 4) + "-" + source.substr(3, 2) + "-" + source.substr(0, 2));
    }
  }
  BOOST_TEST(seen.size() == months.size() + days.size());
}

BOOST_AUTO_TEST_CASE(questions_by_hand) {
  struct Row {
    Question question;
    const char *text, *label;
  };
  // The choice: the slots' places in their lists of 4, 10, 12 or 16 words, the first slot counting ones.
  const std::vector<Row> rows = {
      {{0, 0}, "who built the new bridge in Paris", "person"},
      {{0, 1}, "who painted the new bridge in Paris", "person"},
      {{0, 2 + 10 * (4 + 10 * (5 + 16 * 6))}, "who bought the red museum in Tokyo", "person"},
      {{0, 25599}, "who planned the tall theatre in Dublin", "person"},
      {{5, 2 + 4 * (2 + 12 * (8 + 10 * (0 + 10 * 12)))},
       "in which town did the doctor who repaired the new mill live",
       "place"},
      {{9, 2 + 4 * (2 + 12 * (8 + 10 * (0 + 10 * 12)))},
       "in which century did the doctor who repaired the new mill die",
       "time"},
      {{12, 4 + 12 * (3 + 10 * (5 + 16 * 5))}, "how many trees does the white museum in Delhi have", "number"},
      {{16, 0}, "why was the new bridge in Paris built", "reason"},
      {{20, 0}, "what does a new bridge mean to the king of Paris", "meaning"},
      {{24, 6}, "do you know who learned when they moved the new bridge in Paris", "person"},
      {{25, 6}, "do you know when they learned who moved the new bridge in Paris", "time"},
      {{29, 25599}, "do you know where they learned when she planned the tall theatre in Dublin", "place"},
  };
  for (const Row& row : rows) {
    BOOST_TEST(question_text(row.question) == row.text);
    BOOST_TEST(question_label(row.question) == row.label);
  }
  BOOST_TEST(form_questions(0) == 10 * 10 * 16 * 16);
  BOOST_TEST(form_questions(5) == 4 * 12 * 10 * 10 * 16);
}

// The label follows from how the question begins, and from nothing else.
BOOST_AUTO_TEST_CASE(questions_follow_their_beginnings) {
  std::map<std::string, std::string> label_of = {{"who ", "person"},
                                                 {"which ", "person"},
                                                 {"what was the name of the ", "person"},
                                                 {"what do they call the ", "person"},
                                                 {"do you know who ", "person"},
                                                 {"where ", "place"},
                                                 {"what is the way ", "place"},
                                                 {"do you know where ", "place"},
                                                 {"when ", "time"},
                                                 {"how long ago ", "time"},
                                                 {"do you know when ", "time"},
                                                 {"how many ", "number"},
                                                 {"how much ", "number"},
                                                 {"what was the number of ", "number"},
                                                 {"why ", "reason"},
                                                 {"how come ", "reason"},
                                                 {"what was the reason ", "reason"},
                                                 {"what does a ", "meaning"},
                                                 {"what is meant by ", "meaning"},
                                                 {"how would the ", "meaning"},
                                                 {"what do they mean ", "meaning"}};
  for (const char* place : {"city", "country", "town", "street"}) {
    label_of["in which " + std::string(place)] = label_of["what " + std::string(place)] = "place";
  }
  for (const char* time : {"year", "month", "century", "week"}) {
    label_of["in which " + std::string(time)] = label_of["what was the " + std::string(time)] = "time";
  }
  std::map<std::string, double> seen, labels;
  double nested = 0;
  for (const auto& [source, target] : everything("questions")) {
    int matching = 0;
    for (const auto& [beginning, label] : label_of) {
      if (source.compare(0, beginning.size(), beginning) != 0) continue;
      ++matching;
      ++seen[beginning];
      BOOST_TEST(target == label, source << " is of " << target);
    }
    BOOST_TEST(matching == 1, source);
    for (const char c : source) BOOST_TEST(((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ' '));
    BOOST_TEST((source.find("  ") == std::string::npos && source.front() != ' ' && source.back() != ' '));
    labels[target] += 1.0 / 70000;
    nested += source.compare(0, 3, "do ") == 0 ? 1.0 / 70000 : 0;
  }
  BOOST_TEST(seen.size() == label_of.size());
  BOOST_TEST(labels.size() == 6U);
  BOOST_TEST_MESSAGE("nested: " << nested << " for 0.04");
  BOOST_TEST((nested > 0.036 && nested < 0.044));
  for (const auto& [label, share] : labels) {
    const bool asked_in_nested = label == "person" || label == "place" || label == "time";
    const double expected = 0.16 + (asked_in_nested ? 0.04 / 3 : 0);
    BOOST_TEST_MESSAGE(label << ": " << share << " for " << expected << ", tolerance 0.008");
    BOOST_TEST(std::abs(share - expected) < 0.008);
  }
}

BOOST_AUTO_TEST_CASE(nested_questions_come_in_pairs_of_the_same_words) {
  const auto words = [](const std::string& text) {
    std::istringstream in(text);
    std::multiset<std::string> out;
    for (std::string word; in >> word;) out.insert(word);
    return out;
  };
  for (std::size_t form = kPlainForms; form < kPlainForms + kNestedForms; form += 2) {
    const Question one{form, 777}, other{form + 1, 777};
    BOOST_TEST((words(question_text(one)) == words(question_text(other))));
    BOOST_TEST(question_text(one) != question_text(other));
    BOOST_TEST(question_label(one) != question_label(other));
  }
}

BOOST_AUTO_TEST_CASE(splits_are_disjoint_and_the_draw_is_fixed) {
  for (const std::string name : {"dates", "numbers", "questions"}) {
    const auto dataset = make(", \"name\": \"" + name + "\"");
    BOOST_TEST(overlap(*dataset, "train", "test") == 0);
    BOOST_TEST(overlap(*dataset, "train", "valid") == 0);
    BOOST_TEST(overlap(*dataset, "valid", "test") == 0);
    BOOST_TEST(overlap(*dataset, "test", "test") == 1000);  // the count does count
    const auto train = read(*dataset, "train");
    BOOST_TEST(train.size() == 20000U);
    BOOST_TEST(read(*make(", \"name\": \"" + name + "\""), "valid") == read(*dataset, "valid"));
    BOOST_TEST((read(*make(", \"seed\": 2, \"name\": \"" + name + "\""), "test") != read(*dataset, "test")));
  }
}

BOOST_AUTO_TEST_CASE(errors) {
  check_error([] { make("")->open("dev"); }, "E_DATA_SPLIT", "[samples]", "known: train, valid, test");
  check_error([] { make(R"(, "name": "date")"); }, "E_CONFIG_RANGE", "recipe.json:/name", "dates");
  check_error([] { make(R"(, "train": 0)"); }, "E_CONFIG_RANGE", "recipe.json:/train", "0");
}

BOOST_AUTO_TEST_CASE(stories_differ_and_no_split_has_one_of_another) {
  const auto dataset = strata_test::make<Dataset>(R"({"type": "stories", "train": 20000, "valid": 500, "test": 500})");
  std::set<std::string> all;
  for (const std::string& split : dataset->splits()) {
    Example story;
    for (const auto reader = dataset->open(split); reader->next(story);) {
      BOOST_TEST(all.insert(story.fields[0].text).second, "twice: " << story.fields[0].text);
      BOOST_TEST(story.fields[0].text.find_first_of("{}\n") == std::string::npos, story.fields[0].text);
    }
  }
  BOOST_TEST(all.size() == 21000U);
  Example again;
  const auto first = dataset->open("valid"), second = dataset->open("valid");
  Example other;
  BOOST_REQUIRE(first->next(again) && second->next(other));
  BOOST_TEST(again.fields[0].text == other.fields[0].text);
}

BOOST_AUTO_TEST_SUITE_END()
