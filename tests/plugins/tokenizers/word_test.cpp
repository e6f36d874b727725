// Tokenizer "word": its three ways to split, limits of the vocabulary, round trips.
#include <utf8proc.h>

#include <boost/test/unit_test.hpp>
#include <map>
#include <sstream>

#include "framework/data/folder.hpp"
#include "plugins/load.hpp"
#include "plugins/tokenizers/categories.hpp"
#include "strata/core/rng.hpp"
#include "strata/text/tokenizer.hpp"

using namespace strata;
using strata_test::check_error;
using strata_test::Folder;
using Pieces = std::vector<std::string>;

namespace {

std::shared_ptr<Tokenizer> trained(const std::string& options, const std::string& text) {
  auto tokenizer = strata_test::make<Tokenizer>(R"({"type": "word")" + options + "}");
  tokenizer->train([stream = std::make_shared<std::istringstream>(text)](std::string& line) {
    return static_cast<bool>(std::getline(*stream, line));
  });
  return tokenizer;
}

Pieces pieces(const Tokenizer& tokenizer, const std::string& text) { return tokenizer.pieces(tokenizer.encode(text)); }

}  // namespace

BOOST_AUTO_TEST_SUITE(word)

BOOST_AUTO_TEST_CASE(words_by_frequency_then_spelling) {
  const auto words = trained("", "b a c\nc b c\n");
  BOOST_TEST(words->size() == 7);
  BOOST_TEST(words->pieces({4, 5, 6}) == (Pieces{"c", "b", "a"}), boost::test_tools::per_element());
  BOOST_TEST(pieces(*words, "  a\tnew  c ") == (Pieces{"a", "<unk>", "c"}), boost::test_tools::per_element());
  BOOST_TEST(words->decode(words->encode(" a  b ")) == "a b");
  BOOST_TEST(!words->joint());
}

BOOST_AUTO_TEST_CASE(limits) {
  BOOST_TEST(trained(R"(, "min_frequency": 2)", "b a c\nc b c\n")->size() == 6);
  BOOST_TEST(trained(R"(, "max_size": 5)", "b a c\nc b c\n")->size() == 5);
  BOOST_TEST(trained(R"(, "joint": true)", "a")->joint());
  check_error([] { trained("", "\n \n"); }, "E_TOKENIZER_EMPTY", "[word]", "no token");
  check_error([] { trained(R"(, "split": "words")", "a"); }, "E_CONFIG_RANGE", "recipe.json:/split", "symbols");
}

BOOST_AUTO_TEST_CASE(symbols_read_well_and_come_back) {
  const std::string text = "the 3rd of March, 1987 le 1er f\xc3\xa9vrier 03/11/2021 twenty-first";
  const auto symbols = trained(R"(, "split": "symbols")", text);
  const std::string mark = "\xe2\x96\x81";
  BOOST_TEST(pieces(*symbols, "the 3rd of March, 1987") ==
                 (Pieces{mark + "the", mark + "3", "rd", mark + "of", mark + "March", ",", mark + "1", "9", "8", "7"}),
             boost::test_tools::per_element());
  BOOST_TEST(symbols->decode(symbols->encode(text)) == text);
}

// Lines that differ in the width of their spaces and the script of their signs.
BOOST_AUTO_TEST_CASE(a_space_of_any_width_ends_a_word) {
  const std::string plain = "le 3 mars 2021";
  for (const char* split : {"spaces", "symbols", "characters"}) {
    const auto tokenizer = trained(R"(, "split": ")" + std::string(split) + "\"", plain);
    for (const char* space :
         {"\u00a0", "\u202f", "\u2003", "\u3000", "\u2009", "\u1680", "\u2028", "\u0085", "\t", " \u00a0 "}) {
      BOOST_TEST(tokenizer->encode("le 3" + std::string(space) + "mars" + space + "2021") == tokenizer->encode(plain),
                 split << ", space '" << space << "'");
      BOOST_TEST(tokenizer->encode(space + plain + space) == tokenizer->encode(plain), split);
    }
    BOOST_TEST(tokenizer->encode("\u00a0").empty());
    BOOST_TEST(tokenizer->decode(tokenizer->encode("le\u00a03 mars")) == "le 3 mars");
  }
}

BOOST_AUTO_TEST_CASE(a_sign_of_any_script_stands_alone) {
  const std::string mark = "\u2581";
  struct Case {
    std::string text;
    Pieces pieces;
  };
  const std::vector<Case> lines = {
      {"\u00ab Bonjour \u00bb \u2014 dit-il\u2026",
       {mark + "\u00ab", mark + "Bonjour", mark + "\u00bb", mark + "\u2014", mark + "dit", "-", "il", "\u2026"}},
      {"\u201cquoted\u201d text", {mark + "\u201c", "quoted", "\u201d", mark + "text"}},
      {"\u4ef7\u683c\u662f5\u5143\u3002\u597d\uff0c\u5427\uff01",
       {mark + "\u4ef7\u683c\u662f", "5", "\u5143", "\u3002", "\u597d", "\uff0c", "\u5427", "\uff01"}},
      {"10\u00a0km", {mark + "1", "0", mark + "km"}},
      {"don\u2019t", {mark + "don", "\u2019", "t"}},
      {"x\u00b7y", {mark + "x", "\u00b7", "y"}},
      {"e\u0301te\u0301", {mark + "e\u0301te\u0301"}},        // a mark belongs to its letter
      {"5\u0301e\u0301", {mark + "5", "\u0301", "e\u0301"}},  // and is alone where there is none
      {"a\u200db", {mark + "a", "\u200d", "b"}},              // zero width joiner: a format character
      {"\u0661\u0662\u0663 12", {mark + "\u0661", "\u0662", "\u0663", mark + "1", "2"}},
      {"\u0928\u092e\u0938\u094d\u0924\u0947", {mark + "\u0928\u092e\u0938\u094d\u0924\u0947"}},
      {"m\u00b2\U0001f642\U0001f44d\U0001f3fd", {mark + "m", "\u00b2", "\U0001f642", "\U0001f44d", "\U0001f3fd"}},
  };
  std::string all;
  for (const Case& line : lines) all += line.text + "\n";
  const auto symbols = trained(R"(, "split": "symbols")", all);
  for (const Case& line : lines) {
    BOOST_TEST(pieces(*symbols, line.text) == line.pieces, boost::test_tools::per_element());
    if (line.text != "10\u00a0km") BOOST_TEST(symbols->decode(symbols->encode(line.text)) == line.text);
  }
  BOOST_TEST(symbols->decode(symbols->encode("10\u00a0km")) == "10 km");
  // A byte that is no UTF-8 is unknown, and what is around it is not.
  BOOST_TEST(pieces(*symbols, "km\xff km\xc3") == (Pieces{mark + "km", "<unk>", mark + "km", "<unk>"}),
             boost::test_tools::per_element());
}

// A run knows March from "March 3, 2021" alone; in quotes it is no other word.
BOOST_AUTO_TEST_CASE(a_word_in_quotes_is_that_word) {
  const std::string mark = "\u2581";
  const auto symbols = trained(R"(, "split": "symbols")", "March 3, 2021");
  BOOST_TEST(pieces(*symbols, "\u201cMarch 3, 2021\u201d") ==
                 (Pieces{"<unk>", mark + "March", mark + "3", ",", mark + "2", "0", "2", "1", "<unk>"}),
             boost::test_tools::per_element());
  BOOST_TEST(pieces(*symbols, "March 3, 2021\u3002").back() == "<unk>");
  // A text that has both knows both.
  const auto both = trained(R"(, "split": "symbols")", "March (March)");
  BOOST_TEST(both->decode(both->encode("(March) March")) == "(March) March");
}

// Strings over all of Unicode, cut as the property tables say: by the rule of the README, written out again. A run of
// them prints its seed.
BOOST_AUTO_TEST_CASE(random_strings_are_cut_by_category_and_come_back) {
  const std::uint64_t seed = 20260;
  Rng random(seed, "test/categories");
  // All code points by category, so that each category is as frequent as any other.
  std::map<utf8proc_category_t, std::vector<char32_t>> points;
  for (char32_t point = 0; point <= 0x10FFFF; ++point) {
    if (point >= 0xD800 && point < 0xE000) continue;
    points[utf8proc_category(static_cast<utf8proc_int32_t>(point))].push_back(point);
  }
  BOOST_TEST(points.size() == 29U);  // 30 without the surrogates
  std::vector<std::vector<char32_t>> categories;
  for (auto& [category, all] : points) categories.push_back(std::move(all));
  std::vector<std::u32string> strings;
  for (int i = 0; i < 1000; ++i) {
    std::u32string text;
    for (std::size_t length = 1 + random.below(40); length > 0; --length) {
      const std::vector<char32_t>& all = categories[random.below(categories.size())];
      text += all[random.below(all.size())];
    }
    strings.push_back(std::move(text));
  }
  std::string corpus;
  for (const std::u32string& text : strings) corpus += strata_test::expected_text(text) + "\n";
  const auto symbols = trained(R"(, "split": "symbols")", corpus);
  int unlike = 0;
  for (const std::u32string& points_of_text : strings) {
    const std::string text = strata_test::utf8_of(points_of_text);
    const Pieces expected = strata_test::cut_by_category(points_of_text);
    Pieces found;
    for (const std::int32_t id : symbols->encode(text)) found.push_back(symbols->vocabulary().token(id));
    const bool same =
        found == expected && symbols->decode(symbols->encode(text)) == strata_test::expected_text(points_of_text);
    unlike += same ? 0 : 1;
    if (!same) BOOST_TEST_MESSAGE("not as expected: " << text);
  }
  BOOST_TEST_MESSAGE("1,000 strings over " << categories.size() << " categories, seed " << seed << ": " << unlike
                                           << " unlike");
  BOOST_TEST(unlike == 0);
}

BOOST_AUTO_TEST_CASE(characters_come_back) {
  const std::string text = "vierundf\xc3\xbcnfzig drei\xc3\x9fig";
  const auto characters = trained(R"(, "split": "characters")", text);
  BOOST_TEST(pieces(*characters, "f\xc3\xbcr z") == (Pieces{"f", "\xc3\xbc", "r", "\xe2\x96\x81", "z"}),
             boost::test_tools::per_element());
  BOOST_TEST(characters->decode(characters->encode(text)) == text);
  BOOST_TEST(characters->encode("\xff\xfe") == (std::vector<std::int32_t>{kUnk, kUnk}));
}

BOOST_AUTO_TEST_CASE(files) {
  const Folder folder;
  const auto words = trained("", "b a c\nc b c\n");
  BOOST_TEST(words->save(folder.path(), "target.") == Pieces{"target.vocab.txt"});
  auto again = strata_test::make<Tokenizer>(R"({"type": "word"})");
  again->load(folder.path(), "target.");
  BOOST_TEST(again->encode("a b c d") == words->encode("a b c d"));
  check_error([&] { again->load(folder.path(), ""); }, "E_IO_MISSING", folder.path("vocab.txt"), "");
  // Words of another vocabulary, whose special tokens are not the first ones, and of one without an unknown token.
  folder.write("vocab.txt", "a\n[UNK]\n[SEP]\nb\n[USER]\n");
  folder.write("vocab.specials.json", R"({"unknown": 1, "ends": [2], "control": {"user": 4}})");
  again->load(folder.path(), "");
  BOOST_TEST(again->encode("a [SEP] b [USER] c [UNK]") == (std::vector<std::int32_t>{0, 1, 3, 1, 1, 1}));
  BOOST_TEST(again->decode({0, 4, 1, 3, 2, 0}) == "a [UNK] b");
  BOOST_TEST(again->save(folder.path(), "x.") == (Pieces{"x.vocab.txt", "x.vocab.specials.json"}));
  folder.write("vocab.specials.json", "{}");
  check_error([&] { again->load(folder.path(), ""); }, "E_TOKENIZER_VOCABULARY", folder.path("vocab.txt"),
              "no token for what is unknown");
}

BOOST_AUTO_TEST_CASE(specials_end_and_hide) {
  const auto words = trained("", "a b </s> <s>");
  BOOST_TEST(words->encode("</s> <s> a") == (std::vector<std::int32_t>{kUnk, kUnk, words->vocabulary().find("a")}));
  BOOST_TEST(words->decode({kStart, words->vocabulary().find("a"), kPad, kEnd, words->vocabulary().find("b")}) == "a");
}

BOOST_AUTO_TEST_SUITE_END()
