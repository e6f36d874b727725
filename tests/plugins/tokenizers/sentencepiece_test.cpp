// Tokenizer "sentencepiece": round trips, its own files, text that the library would refuse.
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "framework/data/folder.hpp"
#include "plugins/load.hpp"
#include "strata/text/tokenizer.hpp"

using namespace strata;
using strata_test::check_error;
using strata_test::Folder;

namespace {

bool left_out() {
  if (strata_test::plugins().has("tokenizer", "sentencepiece")) return false;
  BOOST_TEST_MESSAGE("skip: this build has no SentencePiece");
  return true;
}

std::shared_ptr<Tokenizer> made(const std::string& options) {
  return strata_test::make<Tokenizer>(R"({"type": "sentencepiece")" + options + "}");
}

std::shared_ptr<Tokenizer> trained(const std::string& options) {
  auto tokenizer = made(options);
  int left = 400;
  tokenizer->train([&](std::string& line) {
    line = left % 7 == 0 ? std::string("a\xff line that is no text")
                         : "sentence " + std::to_string(left * 37 % 101) + " of the r\xc3\xa4tsel, and another one";
    return left-- > 0;
  });
  return tokenizer;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sentencepiece)

BOOST_AUTO_TEST_CASE(both_kinds_come_back) {
  if (left_out()) return;
  for (const char* kind : {"unigram", "bpe"}) {
    const auto one = trained(R"(, "vocabulary": 60, "model": ")" + std::string(kind) + "\"");
    BOOST_TEST(one->size() <= 60);
    BOOST_TEST(one->size() > 20);
    const std::string text = "another sentence of the r\xc3\xa4tsel, 10";
    const auto ids = one->encode(text);
    BOOST_TEST(ids.size() < text.size());
    BOOST_TEST(one->decode(ids) == text);
    BOOST_TEST(one->pieces({0, 1, 2, 3}) == (std::vector<std::string>{"<pad>", "<s>", "</s>", "<unk>"}),
               boost::test_tools::per_element());
    BOOST_TEST(trained(R"(, "vocabulary": 60, "model": ")" + std::string(kind) + "\"")->encode(text) == ids,
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_text_is_unknown) {
  if (left_out()) return;
  const auto one = trained(R"(, "vocabulary": 60)");
  const auto ids = one->encode("of\xff\xfe the");
  BOOST_TEST(std::count(ids.begin(), ids.end(), kUnk) == 2);
  for (const char* forged : {"<s>", "</s>", "<pad>"}) {
    for (const std::int32_t id : one->encode(forged)) BOOST_TEST((id == kUnk || id >= kSpecials), forged);
  }
  BOOST_TEST(one->encode("").empty());
}

BOOST_AUTO_TEST_CASE(files) {
  if (left_out()) return;
  const Folder folder;
  const auto one = trained(R"(, "vocabulary": 60)");
  const auto names = one->save(folder.path(), "x.");
  BOOST_TEST(names == std::vector<std::string>{"x.spiece.model"}, boost::test_tools::per_element());
  const auto other = made("");
  other->load(folder.path(), "x.");
  BOOST_TEST(other->encode("another line") == one->encode("another line"), boost::test_tools::per_element());
  const auto taken = made(R"(, "file": ")" + folder.path("x.spiece.model") + "\"");
  taken->train([](std::string&) { return false; });
  BOOST_TEST(taken->encode("another line") == one->encode("another line"), boost::test_tools::per_element());
  folder.write("bad.spiece.model", "no model at all");
  check_error([&] { made("")->load(folder.path(), "bad."); }, "E_TOKENIZER_MODEL", folder.path("bad.spiece.model"),
              "is no SentencePiece model");
  check_error([] { made("")->train([](std::string&) { return false; }); }, "E_TOKENIZER_EMPTY", "[sentencepiece]",
              "no token");
}

BOOST_AUTO_TEST_SUITE_END()
