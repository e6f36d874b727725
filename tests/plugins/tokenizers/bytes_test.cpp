// Tokenizer "bytes": every text, any bytes at all, comes back exactly, also one token at a time.
#include <boost/test/unit_test.hpp>
#include <numeric>

#include "framework/data/folder.hpp"
#include "plugins/load.hpp"
#include "strata/core/file.hpp"
#include "strata/core/rng.hpp"
#include "strata/text/tokenizer.hpp"
#include "strata/text/utf8_stream.hpp"

using namespace strata;
using strata_test::check_error;
using strata_test::Folder;
using Ids = std::vector<std::int32_t>;
using Texts = std::vector<std::string>;

namespace {

std::shared_ptr<Tokenizer> made() { return strata_test::make<Tokenizer>(R"("bytes")"); }

}  // namespace

BOOST_AUTO_TEST_SUITE(bytes)

BOOST_AUTO_TEST_CASE(ids_are_the_bytes_after_the_special_tokens) {
  const auto one = made();
  BOOST_TEST(one->size() == 260);
  BOOST_TEST((one->vocabulary().specials() == Specials::standard()));
  BOOST_TEST(one->encode(std::string("\0A\xff\n", 4)) == (Ids{4, 69, 259, 14}), boost::test_tools::per_element());
  BOOST_TEST(one->encode("").empty());
  BOOST_TEST(one->decode({kStart, 69, kPad, 70, kEnd, 71}) == "AB");
  BOOST_TEST(one->pieces({0, 3, 69, 14, 259}) == (Texts{"<pad>", "<unk>", "A", "\\x0a", "\\xff"}),
             boost::test_tools::per_element());
  check_error([&] { (void)one->decode({260}); }, "E_TOKENIZER_ID", "", "260");
  BOOST_TEST(one->joint());
}

BOOST_AUTO_TEST_CASE(nothing_is_learnt) {
  const auto one = made();
  one->train([](std::string&) -> bool { throw Error("E_INTERNAL", "", "it reads the training text"); });
  BOOST_TEST(one->size() == 260);
}

// Random bytes; a run prints its seed.
BOOST_AUTO_TEST_CASE(all_bytes_come_back) {
  const std::uint64_t seed = 20264;
  Rng random(seed, "test/bytes");
  const auto one = made();
  Texts texts = {"</s> <pad> <s> <unk>", "line\r\nend\n\n", "\u00e9\u2028\U0001f642", std::string(3, '\0')};
  for (int i = 0; i < 100; ++i) {
    std::string text;
    for (std::uint64_t left = random.below(300); left > 0; --left) text += static_cast<char>(random.below(256));
    texts.push_back(std::move(text));
  }
  for (const std::string& text : texts) {
    const Ids ids = one->encode(text);
    BOOST_TEST(ids.size() == text.size());
    int special = 0;
    for (const std::int32_t id : ids) special += one->vocabulary().is_special(id) ? 1 : 0;
    BOOST_TEST(special == 0);
    BOOST_TEST(one->decode(ids) == text);
    // As a model writes it, one token after the other.
    Utf8Stream stream;
    std::string written;
    for (const std::int32_t id : ids) written += stream.add(one->decode({id}));
    written += stream.finish();
    BOOST_TEST(written == replace_invalid_utf8(text));
  }
  BOOST_TEST_MESSAGE(texts.size() << " texts, seed " << seed);
}

BOOST_AUTO_TEST_CASE(files) {
  const Folder folder;
  BOOST_TEST(made()->save(folder.path(), "x.") == Texts{"x.vocab.txt"}, boost::test_tools::per_element());
  const std::string path = folder.path("x.vocab.txt"), whole = read_file(path);
  BOOST_CHECK_NO_THROW(made()->load(folder.path(), "x."));
  const auto refused = [&](const std::string& text, const std::string& line, const std::string& part) {
    folder.write("x.vocab.txt", text);
    check_error([&] { made()->load(folder.path(), "x."); }, "E_TOKENIZER_VOCABULARY", path + line, part);
  };
  refused(whole + "more\n", ":261", "'more' stands where nothing belongs");
  refused(whole.substr(0, whole.rfind(" \\xff")), ":260", "nothing stands where '\\xff' belongs");
  std::string other = whole;
  other.replace(whole.find("\nA\n"), 3, "\n\u00e9\n");
  refused(other, ":70", "stands where 'A' belongs");
  folder.write("x.vocab.specials.json", R"({"pad": 0})");
  refused(whole, "", "other special tokens");
}

BOOST_AUTO_TEST_SUITE_END()
