// Vocabulary: numbering, what no text can forge, files of any tokens, and strict reading.
#include "strata/text/vocabulary.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "framework/data/folder.hpp"
#include "strata/core/file.hpp"
#include "strata/core/rng.hpp"
#include "strata/core/utf8.hpp"

using strata::Vocabulary;
using strata_test::check_error;
using strata_test::Folder;

namespace {
constexpr const char* kCode = "E_TOKENIZER_VOCABULARY";
const std::string kHead = "<pad>\n<s>\n</s>\n<unk>\n";

// The vocabulary saved, loaded and saved again.
void comes_back(const Vocabulary& words, const Folder& folder) {
  const std::vector<std::string> names = words.save(folder.path("vocab.txt"));
  const std::string text = strata::read_file(folder.path("vocab.txt"));
  BOOST_TEST(std::count(text.begin(), text.end(), '\n') == words.size());
  BOOST_TEST(strata::utf8_fault(text) == std::string::npos);
  const Vocabulary again = Vocabulary::load(folder.path("vocab.txt"));
  BOOST_REQUIRE(again.size() == words.size());
  for (std::int32_t id = 0; id < words.size(); ++id) BOOST_TEST(again.token(id) == words.token(id));
  BOOST_TEST((again.specials() == words.specials()));
  BOOST_TEST(again.save(folder.path("vocab.txt")) == names, boost::test_tools::per_element());
  BOOST_TEST(strata::read_file(folder.path("vocab.txt")) == text);
}
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

BOOST_AUTO_TEST_CASE(tokens_may_be_white_space) {
  Vocabulary pieces;
  const std::vector<std::string> all = {"\r", "\n", "a\tb", "a b", "\x1f", "\x7f", " "};
  for (const std::string& piece : all) BOOST_TEST(pieces.token(pieces.add(piece)) == piece);
  for (const std::string& piece : all) BOOST_TEST(pieces.encode(piece) >= strata::kSpecials);
  check_error([&] { pieces.add("\n"); }, kCode, "", "is in the vocabulary already, as number 5");
  check_error([&] { pieces.add(""); }, kCode, "", "is empty");
  check_error([&] { pieces.add("\xc3"); }, kCode, "", "not valid UTF-8");
  BOOST_TEST(pieces.add_bytes("\xc3") == 11);
  check_error([&] { pieces.add_bytes("\xc3"); }, kCode, "", "already, as number 11");
  check_error([&] { pieces.add_bytes(""); }, kCode, "", "is empty");
  comes_back(pieces, Folder());
}

BOOST_AUTO_TEST_CASE(all_bytes_and_odd_characters_come_back) {
  const Folder folder;
  Vocabulary words;
  for (int byte = 0; byte < 256; ++byte) words.add_bytes(std::string(1, static_cast<char>(byte)));
  for (const char* odd :
       {"  ",     " a",     "a ",         "\r\n",     "\n\n",     "\\x20",        " \\x20",      "\\\\",
        "\\ \\",  "\u0085", "\u00a0",     "\u2028",   "\u2029",   "\u3000",       "\u200b",      "\ufeff",
        "\ufffd", "\u0301", "\U0010ffff", "\xff\xfe", "\xe2\x82", "\xed\xa0\x80", "\u00e9 \xc3", "x\xc3\xa9\x80"}) {
    words.add_bytes(odd);
  }
  words.add_bytes(std::string("a\0b", 3));
  comes_back(words, folder);
}

// Strings of the bytes that matter; a run prints its seed.
BOOST_AUTO_TEST_CASE(random_tokens_come_back) {
  const std::uint64_t seed = 20261;
  strata::Rng random(seed, "test/tokens");
  const std::string bytes = std::string(" \\x20af\n\r\t\x7f\xc3\xa9\xe2\x82\xac\xef\xbb\xbf") + '\0';
  Vocabulary words;
  while (words.size() < 3000) {
    std::string token;
    for (std::uint64_t left = 1 + random.below(6); left > 0; --left) token += bytes[random.below(bytes.size())];
    if (words.find(token) < 0) words.add_bytes(token);
  }
  BOOST_TEST_MESSAGE(words.size() << " tokens of up to 6 bytes, seed " << seed);
  comes_back(words, Folder());
}

BOOST_AUTO_TEST_CASE(lines_are_as_they_are_documented) {
  const Folder folder;
  Vocabulary words;
  for (const char* token : {"haus", "\\n", " ", "a\n", "\\ ", "\xc3\xa9 \xc3", "\t"}) words.add_bytes(token);
  BOOST_TEST(words.save(folder.path("vocab.txt")) == std::vector<std::string>{"vocab.txt"},
             boost::test_tools::per_element());
  BOOST_TEST(strata::read_file(folder.path("vocab.txt")) ==
             kHead + "haus\n\\n\n \\x20\n a\\x0a\n \\x5c\\x20\n \xc3\xa9\\x20\\xc3\n \\x09\n");
}

// What was written before there were escapes is read and written as it was, backslashes and odd spaces included.
BOOST_AUTO_TEST_CASE(older_files_stay_as_they_are) {
  const Folder folder;
  const std::string text = kHead + "\\\n\\x20\n\\n\n@@\n\xc2\xa0\n\xe2\x80\xa8\n\xef\xbb\xbf\n\x7f\n\xc2\x85\n";
  const Vocabulary words = Vocabulary::load(folder.write("vocab.txt", text));
  BOOST_TEST(words.size() == 13);
  BOOST_TEST(words.token(5) == "\\x20");
  words.save(folder.path("again.txt"));
  BOOST_TEST(strata::read_file(folder.path("again.txt")) == text);
  BOOST_TEST(!std::filesystem::exists(folder.path("again.specials.json")));
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
  for (const char* damaged : {" \\x2", " \\x", " \\", " \\x2g", " \\x0A", " \\n", " \\y20", " a\\x20\\"}) {
    check_error(load(kHead + "a\n" + damaged + "\nb\n"), kCode, path + ":6", "damaged escape");
  }
  for (const char* other : {" a", " \\x41", "  ", " \xc3\xa9", " \\xc3\\xa9", " a b", " a\\x20 b", " \\x20\xff"}) {
    check_error(load(kHead + "a\n" + other + "\nb\n"), kCode, path + ":6", "in another way");
  }
  check_error(load(kHead + " \nb\n"), kCode, path + ":5", "is empty");
  check_error(load(kHead + "a\n \\x20\n \\x20\n"), kCode, path + ":7", "' ' is in the vocabulary already, as number 5");
  check_error(load(kHead + "\ta\n"), kCode, path + ":5", "not escaped");
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
