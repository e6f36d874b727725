// Tokenizer "bpe" against subword-nmt: its own reference files, and rules of its format.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "framework/data/folder.hpp"
#include "plugins/load.hpp"
#include "strata/text/tokenizer.hpp"

using namespace strata;
using strata_test::check_error;
using strata_test::Folder;

namespace {

std::shared_ptr<Tokenizer> make(const std::string& options = "") {
  return strata_test::make<Tokenizer>(R"({"type": "bpe")" + options + "}");
}

LineSource lines_of(const std::string& text) {
  return [stream = std::make_shared<std::istringstream>(text)](std::string& line) {
    return static_cast<bool>(std::getline(*stream, line));
  };
}

std::string slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string segmented(const Tokenizer& tokenizer, const std::string& line) {
  std::string out;
  for (const std::string& piece : tokenizer.pieces(tokenizer.encode(line))) out += (out.empty() ? "" : " ") + piece;
  return out;
}

// A tokenizer with the given codes whose vocabulary is made from `text`.
std::shared_ptr<Tokenizer> with_codes(const Folder& folder, const std::string& codes, const std::string& text) {
  auto tokenizer = make(R"(, "codes": ")" + folder.write("given.codes", codes) + "\"");
  tokenizer->train(lines_of(text));
  return tokenizer;
}

const std::string kMerges = "t h\nth e</w>\na n\nan d</w>\ni n\nin g</w>\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(bpe)

BOOST_AUTO_TEST_CASE(a_byte_order_mark_is_no_merge) {
  const Folder folder;
  const std::string text = "the singing and the hand", cut = "the s@@ in@@ g@@ ing and the h@@ and";
  BOOST_TEST(segmented(*with_codes(folder, "#version: 0.2\n" + kMerges, text), text) ==
             segmented(*with_codes(folder, "\xef\xbb\xbf#version: 0.2\n" + kMerges, text), text));
  const auto marked = with_codes(folder, "\xef\xbb\xbf#version: 0.2\n" + kMerges, text);
  marked->save(folder.path(), "");
  BOOST_TEST(slurp(folder.path("bpe.codes")) == "#version: 0.2\n" + kMerges);
  BOOST_TEST(segmented(*marked, text) == cut);
  folder.write("bpe.codes", "\xef\xbb\xbf#version: 0.2\n" + kMerges);
  folder.write("vocab.txt", "\xef\xbb\xbf" + slurp(folder.path("vocab.txt")));
  const auto loaded = make();
  loaded->load(folder.path(), "");
  BOOST_TEST(segmented(*loaded, text) == cut);
}

// fastBPE: a third column is the count of the pair; no version line, and the end of a word is part of its last symbol.
BOOST_AUTO_TEST_CASE(codes_of_fastbpe_are_read) {
  const Folder folder;
  const std::string text = "the singing and the hand";
  const std::string counted = "t h 1423551864\nth e</w> 1300703664\na n 900\nan d</w> 800\ni n 700\nin g</w> 600\n";
  const auto tokenizer = with_codes(folder, counted, text);
  BOOST_TEST(segmented(*tokenizer, text) == segmented(*with_codes(folder, "#version: 0.2\n" + kMerges, text), text));
  tokenizer->save(folder.path(), "");
  BOOST_TEST(slurp(folder.path("bpe.codes")) == "#version: 0.2\n" + kMerges);
  BOOST_TEST(segmented(*with_codes(folder, "t h 9\nt h 8\nth e</w> 7\n", "the"), "the") == "the");  // the first counts
  const std::string path = folder.path("given.codes");
  for (const char* bad : {"t h x\n", "t h -1\n", "t h 1 2\n", "t h \xc3\xa9\n", "t  h\n", "t\n", "t h  1\n"}) {
    check_error([&] { with_codes(folder, bad, "the"); }, "E_TOKENIZER_CODES", path + ":1", "LEFT RIGHT COUNT");
  }
  check_error([&] { with_codes(folder, "t h 1\nth e\n", "the"); }, "E_TOKENIZER_CODES", path + ":2", "has no count");
  check_error([&] { with_codes(folder, "t h\nth e 5\n", "the"); }, "E_TOKENIZER_CODES", path + ":2", "has a count");
}

// Whatever the bytes, none is lost: a bad one is a token of its own, the last one of a text, too.
BOOST_AUTO_TEST_CASE(a_bad_byte_at_the_end_is_unknown) {
  const Folder folder;
  const auto tokenizer = with_codes(folder, "#version: 0.2\na b\n", "ab c d abc");
  const auto known = [&](const std::string& text) { return tokenizer->encode(text); };
  for (const std::string bad : {"\xff", "\x80", "\xc3", "\xe2"}) {
    BOOST_TEST(known(bad) == (std::vector<std::int32_t>{kUnk}));
    BOOST_TEST(segmented(*tokenizer, "c" + bad) == "c@@ <unk>");
    BOOST_TEST(segmented(*tokenizer, "c " + bad) == "c <unk>");
    BOOST_TEST(segmented(*tokenizer, bad + "c") == "<unk> c");
    BOOST_TEST(segmented(*tokenizer, "ab" + bad + bad) == "ab@@ <unk> <unk>");
  }
  BOOST_TEST(segmented(*tokenizer, "c\xe2\x82") == "c@@ <unk> <unk>");  // the beginning of a character
}

BOOST_AUTO_TEST_CASE(reproduces_the_reference_of_subword_nmt) {
  const char* data = std::getenv("STRATA_DATA");
  if (data == nullptr) {
    std::cout << "skip: bpe reference: STRATA_DATA is not set\n";
    return;
  }
  const std::string reference = std::string(data) + "/tokenizers/bpe-ref/";
  const std::string corpus = slurp(reference + "corpus.en");
  BOOST_REQUIRE(!corpus.empty());
  const auto tokenizer = make(R"(, "merges": 1000)");
  tokenizer->train(lines_of(corpus));
  const Folder folder;
  BOOST_TEST(tokenizer->save(folder.path(), "").size() == 2U);
  BOOST_TEST((slurp(folder.path("bpe.codes")) == slurp(reference + "subword-nmt.bpe.ref")));
  std::istringstream lines(corpus), expected(slurp(reference + "subword-nmt.corpus.bpe.ref.en"));
  int compared = 0;
  for (std::string line, segments; std::getline(lines, line) && std::getline(expected, segments); ++compared) {
    BOOST_TEST(segmented(*tokenizer, line) == segments.substr(0, segments.find_last_not_of(' ') + 1));
  }
  BOOST_TEST(compared == 1015);
  // a fresh object that loads the files does the same
  const auto loaded = make();
  loaded->load(folder.path(), "");
  BOOST_TEST(loaded->size() == tokenizer->size());
  BOOST_TEST(loaded->encode(corpus) == tokenizer->encode(corpus));
}

BOOST_AUTO_TEST_CASE(learns_the_papers_example) {
  // Sennrich et al. 2016, section 3.2: low lower newest widest; the first merges there are e s, es t, est </w>, l o.
  const auto tokenizer = make(R"(, "merges": 4, "min_frequency": 1)");
  std::string text;
  for (const auto& [word, count] : {std::pair("low", 5), {"lower", 2}, {"newest", 6}, {"widest", 3}}) {
    for (int i = 0; i < count; ++i) text += std::string(word) + " ";
  }
  tokenizer->train(lines_of(text));
  const Folder folder;
  tokenizer->save(folder.path(), "source.");
  // e s and s t and t</w> are all 9: the last in code point order is taken first, as subword-nmt does
  BOOST_TEST(slurp(folder.path("source.bpe.codes")) == "#version: 0.2\ns t</w>\ne st</w>\nl o\nw est</w>\n");
}

BOOST_AUTO_TEST_CASE(all_places_of_a_merge_before_the_next_one) {
  const Folder folder;
  BOOST_TEST(segmented(*with_codes(folder, "#version: 0.2\na a\n", "aaaaa"), "aaaaa") == "aa@@ aa@@ a");
  BOOST_TEST(segmented(*with_codes(folder, "#version: 0.2\na b\nab ab\nab c\n", "ababcx"), "ababcx") == "abab@@ c@@ x");
  // the second copy of a pair says nothing
  BOOST_TEST(segmented(*with_codes(folder, "#version: 0.2\na b\nb c\na b\n", "abcd"), "abcd") == "ab@@ c@@ d");
}

BOOST_AUTO_TEST_CASE(version_01_has_the_end_of_a_word_as_a_symbol) {
  const Folder folder;
  const auto old = with_codes(folder, "t h\ne </w>\nth e</w>\n", "the them");
  BOOST_TEST(segmented(*old, "the") == "the");
  BOOST_TEST(segmented(*old, "them") == "th@@ e@@ m");
  const auto marked = with_codes(folder, "#version: 0.1\nt h\ne </w>\n", "the");
  BOOST_TEST(segmented(*marked, "the") == "th@@ e");
  old->save(folder.path(), "");
  BOOST_TEST(slurp(folder.path("bpe.codes")) == "#version: 0.1\nt h\ne </w>\nth e</w>\n");
}

// The ways in which "abc" may be cut and how often, by the algorithm of the paper: a b stays out with p, then ab c.
BOOST_AUTO_TEST_CASE(dropout_leaves_merges_out_as_often_as_it_says) {
  const Folder folder;
  const std::string codes = folder.write("given.codes", "#version: 0.2\na b\nab c</w>\n");
  constexpr double kP = 0.3;
  const auto tokenizer = make(R"(, "dropout": 0.3, "codes": ")" + codes + "\"");
  tokenizer->train(lines_of("abc"));
  BOOST_TEST(tokenizer->samples());
  BOOST_TEST(segmented(*tokenizer, "abc") == "abc");  // encode() never drops
  constexpr int kCount = 20000;
  Rng random(7, "test/dropout");
  BOOST_TEST_MESSAGE("seed 7");
  std::map<std::string, int> seen;
  for (int i = 0; i < kCount; ++i) {
    const std::vector<std::int32_t> ids = tokenizer->sample("abc", random);
    BOOST_REQUIRE(tokenizer->decode(ids) == "abc");
    std::string cut;
    for (const std::string& piece : tokenizer->pieces(ids)) cut += (cut.empty() ? "" : " ") + piece;
    ++seen[cut];
  }
  const std::map<std::string, double> expected = {
      {"a@@ b@@ c", kP}, {"ab@@ c", (1 - kP) * kP}, {"abc", (1 - kP) * (1 - kP)}};
  BOOST_TEST(seen.size() == expected.size());
  for (const auto& [cut, share] : expected) {
    const double deviation = std::sqrt(kCount * share * (1 - share));
    BOOST_TEST(std::abs(seen[cut] - kCount * share) < 4 * deviation, cut << ": " << seen[cut]);
  }
  const auto letters = make(R"(, "dropout": 1, "codes": ")" + codes + "\"");
  letters->train(lines_of("abc"));
  BOOST_TEST(letters->sample("abc", random).size() == 3U);
  const std::string long_word(4000, 'a');  // beyond what is sampled
  BOOST_TEST(tokenizer->sample(long_word, random) == tokenizer->encode(long_word));
}

BOOST_AUTO_TEST_CASE(text_comes_back) {
  const auto tokenizer = make(R"(, "merges": 300, "min_frequency": 1)");
  const std::string text = "gr\xc3\xbc\xc3\x9f gott @@ a@@ @@@ @@@@ x@@y <s> </s> <pad> <unk> </w> a</w> \xe2\x82\xac";
  tokenizer->train(lines_of(text + "\n" + text));
  BOOST_TEST(tokenizer->decode(tokenizer->encode(text)) == text);
  // words never seen, of characters that were
  for (const std::string word : {"g\xc3\xbct", "@", "a@@@", "tt@@ o", "</s></s>", "s<"}) {
    BOOST_TEST(tokenizer->decode(tokenizer->encode(word)) == word);
  }
  for (const std::int32_t id : tokenizer->encode(text)) BOOST_TEST(id > kUnk);
  BOOST_TEST(tokenizer->decode({kStart, kPad}) == "");
  std::vector<std::int32_t> ids = tokenizer->encode("gott");
  ids.insert(ids.begin(), kStart);
  ids.push_back(kEnd);
  ids.push_back(kUnk);
  BOOST_TEST(tokenizer->decode(ids) == "gott");
  BOOST_TEST(tokenizer->decode({kUnk, kUnk}) == "<unk> <unk>");
  check_error([&] { tokenizer->decode({999999}); }, "E_TOKENIZER_ID", "", "999999");
}

BOOST_AUTO_TEST_CASE(any_bytes_are_taken) {
  const auto tokenizer = make(R"(, "merges": 10, "min_frequency": 1)");
  tokenizer->train(lines_of("der die das der die das"));
  BOOST_TEST(tokenizer->encode("").empty());
  BOOST_TEST(tokenizer->encode(" \t \r\n").empty());
  BOOST_TEST(tokenizer->encode("\xff") == std::vector<std::int32_t>{kUnk});
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  BOOST_TEST(!tokenizer->encode(all + all).empty());
}

BOOST_AUTO_TEST_CASE(a_word_of_a_megabyte_takes_no_quadratic_time) {
  const auto tokenizer = make(R"(, "merges": 50, "min_frequency": 1)");
  tokenizer->train(lines_of("abcabcabc bcab cabca"));
  const auto seconds = [&](std::size_t size) {
    std::string word;
    while (word.size() < size) word += "abcabcca";
    const std::clock_t start = std::clock();  // of this process: others may keep the machine busy
    BOOST_TEST(tokenizer->decode(tokenizer->encode(word)) == word);
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  };
  const double small = seconds(std::size_t{1} << 17U), large = seconds(std::size_t{1} << 20U);
  BOOST_TEST_MESSAGE("128 KiB: " << small << " s, 1 MiB: " << large << " s");
  BOOST_TEST(large < 24 * small + 0.05);  // 8 x the bytes; quadratic would be 64 x
}

BOOST_AUTO_TEST_CASE(bad_files) {
  const Folder folder;
  const std::string vocabulary = "<pad>\n<s>\n</s>\n<unk>\na\n";
  folder.write("vocab.txt", vocabulary);
  const std::string path = folder.path("bpe.codes");
  const auto load = [&](const std::string& codes) {
    folder.write("bpe.codes", codes);
    return [&folder] { make()->load(folder.path(), ""); };
  };
  check_error(load("#version: 0.3\na b\n"), "E_TOKENIZER_CODES", path + ":1", "version '0.3' is not known");
  check_error(load("#version: 0.2\na b\nab\n"), "E_TOKENIZER_CODES", path + ":3", "'ab' is not two symbols");
  check_error(load("#version: 0.2\na b c\n"), "E_TOKENIZER_CODES", path + ":2", "'a b c' is not two symbols");
  check_error(load("#version: 0.2\n\na b\n"), "E_TOKENIZER_CODES", path + ":2", "'' is not two symbols");
  check_error(load("#version: 0.2\na \xff\n"), "E_TOKENIZER_CODES", path + ":2", "not valid UTF-8");
  BOOST_CHECK_NO_THROW(load("#version: 0.2\r\na b\r\n\n")());
  folder.write("vocab.txt", vocabulary + "a\n");
  check_error(load("#version: 0.2\n"), "E_TOKENIZER_VOCABULARY", folder.path("vocab.txt:6"), "already");
  // Other special tokens, which no text becomes, and none for what is unknown.
  folder.write("vocab.txt", "a\n?\n[END]\n");
  folder.write("vocab.specials.json", R"({"unknown": 1, "ends": [2]})");
  const auto other = make();
  other->load(folder.path(), "");
  BOOST_TEST(other->encode("a b [END] ?") == (std::vector<std::int32_t>{0, 1, 1, 1, 1, 1, 1, 1}));
  BOOST_TEST(other->decode({0, 1, 2, 0}) == "a ?");
  BOOST_TEST(other->save(folder.path(), "x.").size() == 3U);
  folder.write("vocab.specials.json", "{}");
  check_error(load("#version: 0.2\n"), "E_TOKENIZER_VOCABULARY", folder.path("vocab.txt"), "what is unknown");
  check_error([] { make()->train(lines_of(" \n \n")); }, "E_TOKENIZER_EMPTY", "[bpe]", "no word");
  check_error([&] { make()->load(folder.path("none"), ""); }, "E_IO_MISSING", folder.path("none/bpe.codes"), "");
}

BOOST_AUTO_TEST_CASE(separate_sides_have_files_of_their_own) {
  const Folder folder;
  const auto both = make_tokenizers({"source", "target"}, [] { return make(R"(, "joint": false)"); });
  BOOST_TEST(!both.joint());
  both["source"].train(lines_of("a house a house"));
  both["target"].train(lines_of("ein haus ein haus"));
  BOOST_TEST(both.save(folder.path()) == (std::vector<std::string>{"source.bpe.codes", "source.vocab.txt",
                                                                   "target.bpe.codes", "target.vocab.txt"}),
             boost::test_tools::per_element());
  auto again = make_tokenizers({"source", "target"}, [] { return make(R"(, "joint": false)"); });
  again.load(folder.path());
  BOOST_TEST(again["target"].decode(again["target"].encode("ein haus")) == "ein haus");
  const auto one = make_tokenizers({"source", "target"}, [] { return make(); });
  BOOST_TEST(one.joint());
}

BOOST_AUTO_TEST_SUITE_END()
