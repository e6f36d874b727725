// Tokenizer "word": its three ways to split, limits of the vocabulary, round trips.
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "framework/data/folder.hpp"
#include "plugins/load.hpp"
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
}

BOOST_AUTO_TEST_CASE(specials_end_and_hide) {
  const auto words = trained("", "a b </s> <s>");
  BOOST_TEST(words->encode("</s> <s> a") == (std::vector<std::int32_t>{kUnk, kUnk, words->vocabulary().find("a")}));
  BOOST_TEST(words->decode({kStart, words->vocabulary().find("a"), kPad, kEnd, words->vocabulary().find("b")}) == "a");
}

BOOST_AUTO_TEST_SUITE_END()
