// Specials of a vocabulary: what no text can forge, and their file.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "framework/data/folder.hpp"
#include "strata/core/file.hpp"
#include "strata/core/json.hpp"
#include "strata/text/vocabulary.hpp"

using namespace strata;
using strata_test::check_error;
using strata_test::Folder;
using Ids = std::vector<std::int32_t>;

namespace {

constexpr const char* kCode = "E_TOKENIZER_VOCABULARY";

// A vocabulary as BERT has it: the special tokens are not the first ones, and one token is both start and classify.
Vocabulary other() {
  Vocabulary words = Vocabulary::empty();
  for (const char* token : {"haus", "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "baum", "<|user|>", "<|end|>"}) {
    words.add(token);
  }
  Specials specials;
  specials.pad = 1;
  specials.unknown = 2;
  specials.classify = specials.start = 3;
  specials.separator = 4;
  specials.ends = {4, 8};
  specials.mask = 5;
  specials.control = {{"user", 7}, {"end of turn", 8}};
  words.set_specials(specials);
  return words;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(specials)

BOOST_AUTO_TEST_CASE(the_standard_ones) {
  const Vocabulary words;
  const Specials& specials = words.specials();
  BOOST_TEST((specials == Specials::standard()));
  BOOST_TEST(specials.pad == kPad);
  BOOST_TEST(specials.start == kStart);
  BOOST_TEST(specials.end() == kEnd);
  BOOST_TEST(specials.ends == Ids{kEnd}, boost::test_tools::per_element());
  BOOST_TEST(specials.unknown == kUnk);
  for (const std::int32_t none : {specials.mask, specials.separator, specials.classify}) BOOST_TEST(none == -1);
  BOOST_TEST(specials.control.empty());
  BOOST_TEST(specials.ids() == (Ids{0, 1, 2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_vocabulary_may_have_none) {
  Vocabulary words = Vocabulary::empty();
  BOOST_TEST(words.size() == 0);
  BOOST_TEST(words.add("<pad>") == 0);
  BOOST_TEST((words.specials() == Specials()));
  BOOST_TEST(words.specials().ids().empty());
  BOOST_TEST(words.specials().end() == -1);
  BOOST_TEST(!words.specials().is_end(-1));
  BOOST_TEST(words.encode("<pad>") == 0);  // a word like any other
  BOOST_TEST(words.encode("baum") == -1);
  for (const std::int32_t id : {-1, 0, 1}) {
    BOOST_TEST(!words.is_special(id), id);
    BOOST_TEST(words.is_text(id) == (id == 0), id);
  }
  check_error([&] { words.require_unknown("a/vocab.txt"); }, kCode, "a/vocab.txt", "a/vocab.specials.json");
  BOOST_CHECK_NO_THROW(Vocabulary().require_unknown("a/vocab.txt"));
}

BOOST_AUTO_TEST_CASE(no_text_forges_them) {
  const Vocabulary words = other();
  for (std::int32_t id = 0; id < words.size(); ++id) {
    const bool word = id == 0 || id == 6;
    BOOST_TEST(words.is_special(id) == !word, id);
    BOOST_TEST(words.is_text(id) == (word || id == 2), id);
    BOOST_TEST(words.encode(words.token(id)) == (word ? id : 2), id);
    BOOST_TEST(words.find(words.token(id)) == id);
  }
  BOOST_TEST(words.encode("tisch") == 2);
  BOOST_TEST(words.specials().ids() == (Ids{1, 2, 3, 4, 5, 7, 8}), boost::test_tools::per_element());
  for (const std::int32_t id : {-1, 3, 4, 7, 8, 100}) {
    BOOST_TEST(words.specials().is_end(id) == (id == 4 || id == 8), id);
  }
  BOOST_TEST(words.specials().end() == 4);
  BOOST_TEST(words.specials().control.at("user") == 7);
  // Without its specials, each of the tokens is a word.
  Vocabulary plain = other();
  plain.set_specials({});
  for (std::int32_t id = 0; id < plain.size(); ++id) BOOST_TEST(plain.encode(plain.token(id)) == id);
}

BOOST_AUTO_TEST_CASE(ids_of_no_token_are_refused) {
  Vocabulary words = Vocabulary::empty();
  words.add("a");
  for (const std::int32_t id : {1, 2, -2}) {
    const auto refused = [&](const auto& change) {
      Specials specials;
      change(specials);
      check_error([&] { words.set_specials(specials); }, kCode, "",
                  "number " + std::to_string(id) + ", outside 0 <= id < 1");
    };
    refused([&](Specials& specials) { specials.pad = id; });
    refused([&](Specials& specials) { specials.classify = id; });
    refused([&](Specials& specials) { specials.ends = {0, id}; });
    refused([&](Specials& specials) { specials.control = {{"user", id}}; });
  }
  Specials specials;
  specials.ends = {-1};
  check_error([&] { words.set_specials(specials); }, kCode, "", "'ends' is number -1");
  specials.ends.clear();
  specials.control = {{"user", -1}};
  check_error([&] { words.set_specials(specials); }, kCode, "", "'user' is number -1");
  BOOST_TEST((words.specials() == Specials()));
}

BOOST_AUTO_TEST_CASE(they_come_back_from_their_file) {
  const Folder folder;
  const std::string path = folder.path("source.vocab.txt"), beside = folder.path("source.vocab.specials.json");
  const Vocabulary words = other();
  BOOST_TEST(words.save(path) == (std::vector<std::string>{"source.vocab.txt", "source.vocab.specials.json"}),
             boost::test_tools::per_element());
  const Config expected = parse_json(
      R"({"pad": 1, "start": 3, "unknown": 2, "mask": 5, "separator": 4, "classify": 3, "ends": [4, 8],
          "control": {"end of turn": 8, "user": 7}})",
      "expected");
  BOOST_TEST((read_json(beside) == expected), read_file(beside));
  const Vocabulary again = Vocabulary::load(path);
  BOOST_TEST((again.specials() == words.specials()));
  BOOST_REQUIRE(again.size() == words.size());
  for (std::int32_t id = 0; id < words.size(); ++id) {
    BOOST_TEST(again.token(id) == words.token(id));
    BOOST_TEST(again.encode(words.token(id)) == words.encode(words.token(id)));
  }
  // A vocabulary with the standard ones has no such file, and removes one of another vocabulary.
  BOOST_TEST(Vocabulary().save(path) == std::vector<std::string>{"source.vocab.txt"}, boost::test_tools::per_element());
  BOOST_TEST(!std::filesystem::exists(beside));
  BOOST_TEST((Vocabulary::load(path).specials() == Specials::standard()));
}

// The numbers alone are not all: other names are not <pad>, <s>, </s>, <unk>.
BOOST_AUTO_TEST_CASE(standard_numbers_of_other_tokens_are_saved) {
  const Folder folder;
  Vocabulary words = Vocabulary::empty();
  for (const char* token : {"[PAD]", "[CLS]", "[SEP]", "[UNK]", "haus"}) words.add(token);
  words.set_specials(Specials::standard());
  BOOST_TEST(words.save(folder.path("vocab.txt")).size() == 2U);
  const Vocabulary again = Vocabulary::load(folder.path("vocab.txt"));
  BOOST_TEST(again.token(0) == "[PAD]");
  BOOST_TEST((again.specials() == Specials::standard()));
  std::filesystem::remove(folder.path("vocab.specials.json"));
  check_error([&] { Vocabulary::load(folder.path("vocab.txt")); }, kCode, folder.path("vocab.txt:1"),
              folder.path("vocab.specials.json"));
}

BOOST_AUTO_TEST_CASE(without_any_the_file_says_so) {
  const Folder folder;
  Vocabulary words = Vocabulary::empty();
  words.add(
      "\xef\xbb\xbf"
      "cat");  // a byte order mark that is part of the first token
  words.add("dog");
  BOOST_TEST(words.save(folder.path("vocab.txt")).size() == 2U);
  const Vocabulary again = Vocabulary::load(folder.path("vocab.txt"));
  BOOST_TEST(again.token(0) == words.token(0));
  BOOST_TEST(again.token(1) == "dog");
  BOOST_TEST((again.specials() == Specials()));
}

BOOST_AUTO_TEST_CASE(the_file_is_read_strictly) {
  const Folder folder;
  folder.write("vocab.txt", "a\nb\n");
  const std::string beside = folder.path("vocab.specials.json");
  const auto refused = [&](const std::string& json, const std::string& place, const std::string& part) {
    folder.write("vocab.specials.json", json);
    check_error([&] { Vocabulary::load(folder.path("vocab.txt")); }, kCode, beside + place, part);
  };
  refused(R"({"bos": 1})", ":/bos", "'bos' is no kind of special token");
  refused(R"({"pad": "a"})", ":/pad", "a whole number, not \"a\"");
  refused(R"({"pad": -1})", ":/pad", "-1 is no id");
  refused(R"({"pad": 2147483648})", ":/pad", "2147483648 is no id");
  refused(R"({"pad": 2})", "", "number 2, outside 0 <= id < 2");
  refused(R"({"ends": 1})", ":/ends", "a list of ids, not 1");
  refused(R"({"ends": [0, 1.5]})", ":/ends/1", "a whole number, not 1.5");
  refused(R"({"control": [1]})", ":/control", "an object, not [");
  refused(R"({"control": {"user": 7}})", "", "'user' is number 7");
  refused(R"({"control": {"user": null}})", ":/control/user", "a whole number, not null");
  refused("[]", "", "an object, not [");
  refused(R"({"pad": 1, "pad": 1})", ":1:12", "pad");
  refused("{", ":1:2", "");
  folder.write("vocab.specials.json", "{}");
  BOOST_TEST(Vocabulary::load(folder.path("vocab.txt")).size() == 2);
}

BOOST_AUTO_TEST_SUITE_END()
