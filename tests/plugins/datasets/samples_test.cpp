// Dataset "samples": number words and dates against hand-written ones, disjoint splits, a fixed draw.
#include <boost/test/unit_test.hpp>
#include <map>
#include <set>

#include "framework/data/folder.hpp"
#include "plugins/load.hpp"
#include "strata/data/dataset.hpp"

using namespace strata;
using strata_test::check_error;

namespace {

std::shared_ptr<Dataset> make(const std::string& options) {
  return strata_test::make<Dataset>("samples_dataset", R"({"type": "samples")" + options + "}");
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

BOOST_AUTO_TEST_SUITE(samples)

BOOST_AUTO_TEST_CASE(german_numbers_by_hand) {
  const std::map<std::string, std::string> hand = {
      {"zero", "null"},
      {"one", "eins"},
      {"seven", "sieben"},
      {"twelve", "zw\xc3\xb6lf"},
      {"sixteen", "sechzehn"},
      {"seventeen", "siebzehn"},
      {"twenty", "zwanzig"},
      {"twenty-one", "einundzwanzig"},
      {"thirty", "drei\xc3\x9fig"},
      {"thirty-five", "f\xc3\xbcnfunddrei\xc3\x9fig"},
      {"sixty-six", "sechsundsechzig"},
      {"seventy-four", "vierundsiebzig"},
      {"ninety-nine", "neunundneunzig"},
      {"one hundred", "einhundert"},
      {"one hundred and one", "einhunderteins"},
      {"one hundred one", "einhunderteins"},
      {"two hundred and seventy-four", "zweihundertvierundsiebzig"},
      {"nine hundred ninety-nine", "neunhundertneunundneunzig"},
      {"one thousand", "eintausend"},
      {"one thousand one", "eintausendeins"},
      {"one thousand and one", "eintausendeins"},
      {"one thousand one hundred", "eintausendeinhundert"},
      {"twenty-one thousand", "einundzwanzigtausend"},
      {"one hundred one thousand", "einhunderteintausend"},
      {"one hundred thousand", "einhunderttausend"},
      {"nine hundred and ninety-nine thousand nine hundred and ninety-nine",
       "neunhundertneunundneunzigtausendneunhundertneunundneunzig"},
  };
  const std::map<std::string, std::string> drawn = everything("numbers");
  int met = 0;
  for (const auto& [source, target] : hand) {
    const auto at = drawn.find(source);
    if (at == drawn.end()) continue;  // a number has one of two English forms in a draw
    BOOST_TEST(at->second == target);
    ++met;
  }
  BOOST_TEST_MESSAGE(met << " of " << hand.size() << " hand-written numbers were in the draw");
  BOOST_TEST(met >= 18);
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
  const std::map<std::string, std::string> drawn = everything("dates");
  // by form, whichever days the draw gave it; 1987-03-03 was a Tuesday, 2000-02-29 one too
  const std::map<std::string, std::string> hand = {
      {"the 3rd of March, 1987", "1987-03-03"},
      {"March 3, 1987", "1987-03-03"},
      {"3 March 1987", "1987-03-03"},
      {"Tuesday, March 3rd, 1987", "1987-03-03"},
      {"Tuesday 3 March 1987", "1987-03-03"},
      {"Mar 3, 1987", "1987-03-03"},
      {"the third of March 1987", "1987-03-03"},
      {"le 3 mars 1987", "1987-03-03"},
      {"mardi 3 mars 1987", "1987-03-03"},
      {"le trois mars 1987", "1987-03-03"},
      {"en 1987, le 3 mars", "1987-03-03"},
      {"03/03/1987", "1987-03-03"},
      {"the 29th of February, 2000", "2000-02-29"},
      {"Tuesday 29 February 2000", "2000-02-29"},
      {"mardi 29 f\xc3\xa9vrier 2000", "2000-02-29"},
      {"29/02/2000", "2000-02-29"},
  };
  int met = 0;
  for (const auto& [source, target] : hand) {
    const auto at = drawn.find(source);
    if (at == drawn.end()) continue;
    BOOST_TEST(at->second == target);
    ++met;
  }
  BOOST_TEST(met >= 1);  // one of the twelve forms of 1987-03-03, if the day was drawn
  // rules that hold for every form
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
