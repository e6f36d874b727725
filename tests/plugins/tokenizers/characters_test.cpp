// Tokenizer "characters": characters as utf8proc finds them, exact round trips, limits, files.
#include <utf8proc.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>

#include "framework/data/folder.hpp"
#include "plugins/load.hpp"
#include "plugins/tokenizers/categories.hpp"
#include "strata/core/file.hpp"
#include "strata/core/rng.hpp"
#include "strata/text/tokenizer.hpp"

using namespace strata;
using strata_test::check_error;
using strata_test::Folder;
using Ids = std::vector<std::int32_t>;
using Texts = std::vector<std::string>;

namespace {

std::shared_ptr<Tokenizer> trained(const Texts& texts, const std::string& options = "") {
  auto tokenizer = strata_test::make<Tokenizer>(R"({"type": "characters")" + options + "}");
  tokenizer->train([&, at = std::size_t{0}](std::string& text) mutable {
    if (at == texts.size()) return false;
    text = texts[at++];
    return true;
  });
  return tokenizer;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(characters)

BOOST_AUTO_TEST_CASE(a_document_comes_back_with_its_white_space) {
  const std::string text =
      "  Zw\u00f6lf\tBoxk\u00e4mpfer\r\n\n\u2581\u00a0\u3000 e\u0301 \U0001f469\u200d\U0001f467 <s>\n";
  const auto one = trained({text});
  const Ids ids = one->encode(text);
  const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  BOOST_TEST(static_cast<std::ptrdiff_t>(ids.size()) == std::count_if(text.begin(), text.end(), begins));
  BOOST_TEST(std::count(ids.begin(), ids.end(), kUnk) == 0);
  BOOST_TEST(one->decode(ids) == text);
  BOOST_TEST(one->pieces(one->encode(" \n<")) == (Texts{" ", "\\x0a", "<"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(frequent_ones_first_and_limits) {
  const Texts texts = {"b a\n", "b\n", "\n\n"};  // four line ends, two b, one a, one space
  const auto one = trained(texts);
  BOOST_TEST(one->pieces({0, 1, 2, 3, 4, 5, 6, 7}) == (Texts{"<pad>", "<s>", "</s>", "<unk>", "\\x0a", "b", " ", "a"}),
             boost::test_tools::per_element());
  BOOST_TEST(one->size() == 8);
  BOOST_TEST(trained(texts, R"(, "min_frequency": 2)")->size() == 6);
  BOOST_TEST(trained(texts, R"(, "max_size": 5)")->size() == 5);
  BOOST_TEST(trained(texts, R"(, "max_size": 1)")->size() == 4);
  BOOST_TEST(!one->joint());
  BOOST_TEST(trained(texts, R"(, "joint": true)")->joint());
  BOOST_TEST(one->encode("b?a\xff\xc3") == (Ids{5, kUnk, 7, kUnk, kUnk}), boost::test_tools::per_element());
  BOOST_TEST(one->decode({kStart, 5, kPad, 6, 7, kEnd, 5}) == "b a");
  check_error([] { trained({}); }, "E_TOKENIZER_EMPTY", "[characters]", "no character");
  check_error([] { trained({"", ""}); }, "E_TOKENIZER_EMPTY", "[characters]", "no character");
}

// Strings over all of Unicode; what is known comes back to the byte. A run prints its seed.
BOOST_AUTO_TEST_CASE(random_characters_come_back) {
  const std::uint64_t seed = 20263;
  Rng random(seed, "test/characters");
  std::map<utf8proc_category_t, std::vector<char32_t>> points;
  for (char32_t point = 0; point <= 0x10FFFF; ++point) {
    if (point >= 0xD800 && point < 0xE000) continue;
    points[utf8proc_category(static_cast<utf8proc_int32_t>(point))].push_back(point);
  }
  std::vector<std::u32string> strings;
  Texts texts;
  for (int i = 0; i < 300; ++i) {
    std::u32string text;
    for (std::uint64_t left = 1 + random.below(40); left > 0; --left) {
      const auto& all = std::next(points.begin(), static_cast<long>(random.below(points.size())))->second;
      text += random.below(4) == 0 ? static_cast<char32_t>(random.below(0x21)) : all[random.below(all.size())];
    }
    texts.push_back(strata_test::utf8_of(text));
    strings.push_back(std::move(text));
  }
  const Folder folder;
  const auto one = trained(texts);
  BOOST_TEST(one->save(folder.path(), "") == Texts{"vocab.txt"}, boost::test_tools::per_element());
  const auto loaded = strata_test::make<Tokenizer>(R"("characters")");
  loaded->load(folder.path(), "");
  int unlike = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const Ids ids = one->encode(texts[i]);
    bool same = ids.size() == strings[i].size() && loaded->encode(texts[i]) == ids && loaded->decode(ids) == texts[i];
    for (std::size_t at = 0; same && at < ids.size(); ++at) {
      same = ids[at] >= kSpecials && one->vocabulary().token(ids[at]) == strata_test::utf8_of(strings[i].substr(at, 1));
    }
    unlike += same ? 0 : 1;
  }
  BOOST_TEST_MESSAGE(texts.size() << " strings over " << one->size() << " characters, seed " << seed << ": " << unlike
                                  << " unlike");
  BOOST_TEST(unlike == 0);
}

BOOST_AUTO_TEST_CASE(files_of_other_tokenizers_are_refused) {
  const Folder folder;
  const auto load = [&] { strata_test::make<Tokenizer>(R"("characters")")->load(folder.path(), ""); };
  folder.write("vocab.txt", "<pad>\n<s>\n</s>\n<unk>\na\nhaus\n");
  check_error(load, "E_TOKENIZER_VOCABULARY", folder.path("vocab.txt:6"), "'haus' is not one character");
  folder.write("vocab.txt", "<pad>\n<s>\n</s>\n<unk>\na\n \\xff\n");
  check_error(load, "E_TOKENIZER_VOCABULARY", folder.path("vocab.txt:6"), "is not one character");
  folder.write("vocab.txt", "a\n");
  folder.write("vocab.specials.json", "{}");
  check_error(load, "E_TOKENIZER_VOCABULARY", folder.path("vocab.txt"), "no token for what is unknown");
  folder.write("vocab.txt", "a\n?\n<end>\n");
  folder.write("vocab.specials.json", R"({"unknown": 1, "ends": [2]})");
  const auto one = strata_test::make<Tokenizer>(R"("characters")");
  one->load(folder.path(), "");
  BOOST_TEST(one->encode("ab?<end>") == (Ids{0, 1, 1, 1, 1, 1, 1, 1}), boost::test_tools::per_element());
  BOOST_TEST(one->decode({0, 1, 2, 0}) == "a?");
}

BOOST_AUTO_TEST_SUITE_END()
