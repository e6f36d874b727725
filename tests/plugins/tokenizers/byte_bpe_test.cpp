// Tokenizer "byte_bpe": the published reference of its training (data of STRATA_DATA), bytes that come back, files.
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "framework/data/folder.hpp"
#include "plugins/load.hpp"
#include "strata/core/file.hpp"
#include "strata/core/rng.hpp"
#include "strata/text/tokenizer.hpp"
#include "throws.hpp"

using namespace strata;

namespace {

std::shared_ptr<Tokenizer> make(const std::string& options = "") {
  return strata_test::make<Tokenizer>(R"({"type": "byte_bpe")" + options + "}");
}

// The text as one document, as the reference reads it.
void train(Tokenizer& tokenizer, const std::string& text) {
  bool read = false;
  tokenizer.train([&](std::string& line) {
    line = text;
    return !std::exchange(read, true);
  });
}

std::string random_bytes(Rng& random, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += static_cast<char>(random.below(256));
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(byte_bpe)

// stanford-cs336/assignment1-basics, tests/fixtures.
BOOST_AUTO_TEST_CASE(merges_and_vocabulary_equal_the_reference) {
  const char* data = std::getenv("STRATA_DATA");
  const std::string folder = (data == nullptr ? std::string() : data) + "/tokenizers/bpe-ref/";
  if (data == nullptr || !std::filesystem::exists(folder)) {
    BOOST_TEST_MESSAGE("skip: STRATA_DATA has no tokenizers/bpe-ref");
    return;
  }
  const auto tokenizer = make(R"(, "vocabulary": 500)");
  train(*tokenizer, read_file(folder + "corpus.en"));
  const strata_test::Folder out;
  tokenizer->save(out.path(), "");
  std::istringstream merges(read_file(out.path() + "/merges.txt")), expected(read_file(folder + "byte-bpe-merges.txt"));
  std::string line, right;
  std::getline(merges, line);
  BOOST_TEST(line == "#version: 0.2");
  std::size_t number = 0;
  for (; std::getline(expected, right); ++number) {
    BOOST_REQUIRE(std::getline(merges, line));
    BOOST_REQUIRE_MESSAGE(line == right, "merge " << number << ": '" << line << "', not '" << right << "'");
  }
  BOOST_TEST(number == 243U);
  BOOST_TEST(!std::getline(merges, line));
  const Config vocabulary = read_json(out.path() + "/vocab.json"),
               reference = read_json(folder + "byte-bpe-vocab.json");
  BOOST_REQUIRE(vocabulary.members().size() == reference.members().size());
  for (const auto& [token, id] : reference.members()) {
    const Config* found = vocabulary.find(token);
    BOOST_REQUIRE_MESSAGE(found != nullptr && *found == id, token);
  }
}

BOOST_AUTO_TEST_CASE(every_text_comes_back) {
  const auto tokenizer = make(R"(, "vocabulary": 300)");
  train(*tokenizer, "the cat sat on the mat, the cat's hat \xC3\xA9t\xC3\xA9 \xE6\x97\xA5\xE6\x9C\xAC the the");
  Rng random(11, "test/bytes");
  for (const std::string& text :
       {std::string(), std::string("  the  cat\n\n\tsat "), std::string("<|endoftext|>"), std::string("\xFF\x80 a\xC3"),
        std::string("a\0b", 3), random_bytes(random, 5000), std::string(200000, 'a')}) {
    const std::vector<std::int32_t> ids = tokenizer->encode(text);
    for (const std::int32_t id : ids) BOOST_REQUIRE(!tokenizer->vocabulary().is_special(id));
    BOOST_TEST((tokenizer->decode(ids) == text));
    BOOST_TEST((tokenizer->encode(text) == ids));
  }
  BOOST_TEST(tokenizer->encode(" the").size() == 1U);
}

BOOST_AUTO_TEST_CASE(special_tokens_are_those_of_gpt2_or_the_standard_ones) {
  const Specials gpt2 = make()->vocabulary().specials(),
                 standard = make(R"(, "specials": "standard")")->vocabulary().specials();
  BOOST_TEST(gpt2.start == 0);
  BOOST_TEST(gpt2.end() == 0);
  BOOST_TEST((standard == Specials::standard()));
}

BOOST_AUTO_TEST_CASE(files_come_back_and_altered_ones_are_refused) {
  const auto tokenizer = make(R"(, "vocabulary": 280)");
  train(*tokenizer, "low lower lowest newer new newest wide wider low low");
  const strata_test::Folder out;
  BOOST_TEST((tokenizer->save(out.path(), "") == std::vector<std::string>{"vocab.json", "merges.txt"}));
  const auto again = make(R"(, "vocabulary": 280)");
  again->load(out.path(), "");
  BOOST_TEST((again->encode("lowest wide\nnew") == tokenizer->encode("lowest wide\nnew")));
  const std::string merges = read_file(out.path() + "/merges.txt"), vocabulary = read_file(out.path() + "/vocab.json");
  const auto refused = [&](const std::string& file, const std::string& text, const std::string& code) {
    write_file(out.path() + "/" + file, text);
    BOOST_TEST(test::thrown([&] { make(R"(, "vocabulary": 280)")->load(out.path(), ""); }).code() == code, text);
    write_file(out.path() + "/merges.txt", merges);
    write_file(out.path() + "/vocab.json", vocabulary);
  };
  refused("merges.txt", "#version: 0.2\nl o w\n", "E_TOKENIZER_MERGES");
  refused("merges.txt", "#version: 0.2\nlo w\n", "E_TOKENIZER_MERGES");
  refused("merges.txt", "#version: 0.2\nl \xE6\x97\xA5\n", "E_TOKENIZER_MERGES");
  refused("merges.txt", "#version: 0.2\nl o\n", "E_TOKENIZER_VOCABULARY");
  refused("vocab.json", "{\"a\": 0}", "E_TOKENIZER_VOCABULARY");
}

BOOST_AUTO_TEST_SUITE_END()
