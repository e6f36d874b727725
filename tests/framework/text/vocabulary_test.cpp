// Vocabulary: numbering, what no text can forge, and strict reading.
#include "strata/text/vocabulary.hpp"

#include <boost/test/unit_test.hpp>

#include "framework/data/folder.hpp"

using strata::Vocabulary;
using strata_test::check_error;
using strata_test::Folder;

namespace {
constexpr const char* kCode = "E_TOKENIZER_VOCABULARY";
const std::string kHead = "<pad>\n<s>\n</s>\n<unk>\n";
}  // namespace

BOOST_AUTO_TEST_SUITE(vocabulary)

BOOST_AUTO_TEST_CASE(numbers_tokens_after_the_specials) {
  Vocabulary words;
  BOOST_TEST(words.size() == 4);
  BOOST_TEST(words.add("haus") == 4);
  BOOST_TEST(words.add("b\xc3\xbcsche") == 5);
  BOOST_TEST(words.find("b\xc3\xbcsche") == 5);
  BOOST_TEST(words.find("baum") == -1);
  BOOST_TEST(words.token(4) == "haus");
  BOOST_TEST(words.token(strata::kEnd) == "</s>");
}

BOOST_AUTO_TEST_CASE(no_text_forges_a_special) {
  Vocabulary words;
  words.add("haus");
  for (const char* token : {"<pad>", "<s>", "</s>", "<unk>", "baum", "\xff", ""}) {
    BOOST_TEST(words.encode(token) == strata::kUnk);
  }
  BOOST_TEST(words.encode("haus") == 4);
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_token) {
  Vocabulary words;
  words.add("haus");
  check_error([&] { words.add("haus"); }, kCode, "", "'haus' is in the vocabulary already, as number 4");
  check_error([&] { words.add(""); }, kCode, "", "is empty");
  check_error([&] { words.add("\xc3"); }, kCode, "", "not valid UTF-8");
  check_error([&] { words.token(5); }, "E_TOKENIZER_ID", "", "token id 5 is outside 0 <= id < 5");
  check_error([&] { words.token(-1); }, "E_TOKENIZER_ID", "", "token id -1");
  BOOST_TEST(words.size() == 5);
}

BOOST_AUTO_TEST_CASE(comes_back_from_its_file) {
  const Folder folder;
  Vocabulary words;
  for (const char* token : {"haus", "@@", "a@@", "</w>", "\xe2\x96\x81"}) words.add(token);
  words.save(folder.path("vocab.txt"));
  const Vocabulary again = Vocabulary::load(folder.path("vocab.txt"));
  BOOST_REQUIRE(again.size() == words.size());
  for (std::int32_t id = 0; id < words.size(); ++id) BOOST_TEST(again.token(id) == words.token(id));
}

// What another tool's model file holds is no line of ours: it is known, and not saved as one.
BOOST_AUTO_TEST_CASE(pieces_may_hold_controls) {
  const Folder folder;
  Vocabulary pieces;
  const std::vector<std::string> all = {"\r", "\n", "a\tb", "a b", "\x1f", "\x7f"};
  for (const std::string& piece : all) BOOST_TEST(pieces.token(pieces.add(piece)) == piece);
  for (const std::string& piece : all) BOOST_TEST(pieces.encode(piece) >= strata::kSpecials);
  check_error([&] { pieces.add("\n"); }, kCode, "", "is in the vocabulary already, as number 5");
  check_error([&] { pieces.add(""); }, kCode, "", "is empty");
  check_error([&] { pieces.add("\xc3"); }, kCode, "", "not valid UTF-8");
  check_error([&] { pieces.save(folder.path("vocab.txt")); }, kCode, folder.path("vocab.txt"), "carriage return");
  BOOST_TEST(!std::filesystem::exists(folder.path("vocab.txt")));
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_is_no_part_of_the_first_line) {
  const Folder folder;
  const Vocabulary words = Vocabulary::load(folder.write("vocab.txt", "\xef\xbb\xbf" + kHead + "haus\n"));
  BOOST_TEST(words.size() == 5);
  BOOST_TEST(words.token(4) == "haus");
}

BOOST_AUTO_TEST_CASE(reads_strictly) {
  const Folder folder;
  const auto load = [&](const std::string& text) {
    return [path = folder.write("vocab.txt", text)] { Vocabulary::load(path); };
  };
  const std::string path = folder.path("vocab.txt");
  check_error(load(kHead + "a\nb\na\n"), kCode, path + ":7", "'a' is in the vocabulary already, as number 4");
  check_error(load(kHead + "a\n\nb\n"), kCode, path + ":6", "is empty");
  check_error(load(kHead + "a b\n"), kCode, path + ":5", "white space");
  check_error(load(kHead + "a\r\n"), kCode, path + ":5", "carriage return");
  check_error(load(kHead + "\xff\n"), kCode, path + ":5", "not valid UTF-8");
  check_error(load(kHead + "<s>\n"), kCode, path + ":5", "already, as number 1");
  check_error(load("<pad>\n</s>\n"), kCode, path + ":2", "'</s>' stands where <s> belongs");
  check_error(load("<pad>\n<s>\n"), kCode, path, "has 2 lines");
  check_error(load(""), kCode, path, "has 0 lines");
  BOOST_CHECK_NO_THROW(load(kHead + "a")());  // no line end at the end
  try {
    Vocabulary::load(folder.path("none.txt"));
    BOOST_ERROR("a missing file was read");
  } catch (const strata::Error& error) {
    BOOST_TEST(error.code() == "E_IO_MISSING");
    BOOST_TEST(error.place() == folder.path("none.txt"));
  }
}

BOOST_AUTO_TEST_SUITE_END()
