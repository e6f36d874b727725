// Dataset "samples": number words and dates against hand-written ones, disjoint splits, a fixed draw.
#include <boost/test/unit_test.hpp>
#include <map>
#include <set>

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
  TextPair pair;
  for (const auto reader = dataset.open(split); reader->next(pair);) {
    BOOST_TEST(pairs.emplace(pair.source, pair.target).second, "twice: " << pair.source);
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

BOOST_AUTO_TEST_CASE(splits_are_disjoint_and_the_draw_is_fixed) {
  for (const std::string name : {"dates", "numbers"}) {
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

BOOST_AUTO_TEST_SUITE_END()
