// Tokenizer "labels": order, unknown labels, files.
#include <boost/test/unit_test.hpp>

#include "framework/data/folder.hpp"
#include "plugins/load.hpp"
#include "strata/core/file.hpp"
#include "strata/core/rng.hpp"
#include "strata/text/tokenizer.hpp"

using namespace strata;
using strata_test::check_error;
using strata_test::Folder;
using Ids = std::vector<std::int32_t>;
using Texts = std::vector<std::string>;

namespace {

std::shared_ptr<Tokenizer> made() { return strata_test::make<Tokenizer>(R"("labels")"); }

std::shared_ptr<Tokenizer> trained(const Texts& names) {
  auto tokenizer = made();
  tokenizer->train([&, at = std::size_t{0}](std::string& text) mutable {
    if (at == names.size()) return false;
    text = names[at++];
    return true;
  });
  return tokenizer;
}

Texts names_of(const Tokenizer& tokenizer) {
  Texts names;
  for (std::int32_t id = 0; id < tokenizer.size(); ++id) names.push_back(tokenizer.decode({id}));
  return names;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(labels)

BOOST_AUTO_TEST_CASE(a_label_is_one_id) {
  const auto one = trained({"sports", "world news", "<pad>", "sports", " b", "a\tb"});
  BOOST_TEST(names_of(*one) == (Texts{" b", "<pad>", "a\tb", "sports", "world news"}),
             boost::test_tools::per_element());
  BOOST_TEST((one->vocabulary().specials() == Specials()));
  for (std::int32_t id = 0; id < one->size(); ++id) {
    BOOST_TEST(one->encode(one->decode({id})) == Ids{id}, boost::test_tools::per_element());
  }
  BOOST_TEST(one->decode({}) == "");
  BOOST_TEST(one->decode({3, 4}) == "sports\nworld news");
  check_error([&] { (void)one->decode({5}); }, "E_TOKENIZER_ID", "", "5");
  BOOST_TEST(!one->joint());
}

BOOST_AUTO_TEST_CASE(numbers_are_in_order) {
  BOOST_TEST(names_of(*trained({"10", "9", "2", "0", "-1", "-10", "07", "7", "-0", "100000000000000000000",
                                "99999999999999999999"})) == (Texts{"-10", "-1", "0", "-0", "2", "7", "07", "9", "10",
                                                                    "99999999999999999999", "100000000000000000000"}),
             boost::test_tools::per_element());
  // One that is no whole number, and all are names.
  for (const char* name : {"a", "1.5", "+1", "-", "1 "}) {
    const Texts names = names_of(*trained({"10", "9", name}));
    BOOST_TEST(std::is_sorted(names.begin(), names.end()), name);
  }
}

// All 64-bit numbers of this size compare as the machine compares them; a run prints its seed.
BOOST_AUTO_TEST_CASE(random_numbers_are_in_order) {
  const std::uint64_t seed = 20265;
  Rng random(seed, "test/labels");
  std::vector<std::int64_t> numbers;
  Texts names;
  for (int i = 0; i < 500; ++i) {
    const auto size = static_cast<std::int64_t>(random.below(std::uint64_t{1} << (1 + random.below(40))));
    numbers.push_back(random.below(2) == 0 ? size : -size);
    names.push_back(std::to_string(numbers.back()));
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  const auto one = trained(names);
  BOOST_REQUIRE(one->size() == static_cast<std::int32_t>(numbers.size()));
  int unlike = 0;
  for (std::int32_t id = 0; id < one->size(); ++id) {
    unlike += one->decode({id}) == std::to_string(numbers[static_cast<std::size_t>(id)]) ? 0 : 1;
  }
  BOOST_TEST_MESSAGE(numbers.size() << " numbers, seed " << seed << ": " << unlike << " out of order");
  BOOST_TEST(unlike == 0);
}

BOOST_AUTO_TEST_CASE(what_is_no_label_is_refused) {
  const auto one = trained({"positive", "negative", "neutral"});
  const auto refused = [&](const std::string& text, const std::string& part) {
    check_error([&] { (void)one->encode(text); }, "E_DATA_LABEL", "[labels]", part);
  };
  refused("positve", "label 'positve' is not known (the nearest of 3 labels: 'positive'");
  refused("Neutral", "the nearest of 3 labels: 'neutral'");
  refused("42", "none is like it; the 3 labels: 'negative', 'neutral', 'positive'");
  refused("", "is blank");
  refused("positive\n", "holds a line end");
  refused("positive ", "'positive ' is not known");
  refused("\xff", "is not valid UTF-8");
  const auto untaught = [](const Texts& names, const std::string& part) {
    check_error([&] { trained(names); }, "E_DATA_LABEL", "[labels]", part);
  };
  untaught({"a", "b\nc"}, "label number 2, 'b\\x0ac', holds a line end");
  untaught({"a", "a", " \t"}, "label number 3, ' \\x09', is blank");
  untaught({"\xff"}, "label number 1");
  check_error([] { trained({}); }, "E_TOKENIZER_EMPTY", "[labels]", "no label");
  Texts many;
  for (int i = 0; i < 100; ++i) many.push_back("class " + std::to_string(i));
  check_error([&] { (void)trained(many)->encode("class 100"); }, "E_DATA_LABEL", "[labels]",
              "the nearest of 100 labels: 'class 10', 'class 0', 'class 1', 'class 11', 'class 12'");
  check_error([&] { (void)trained(many)->encode("?"); }, "E_DATA_LABEL", "[labels]",
              "the 100 labels: 'class 0', 'class 1', 'class 10', 'class 11', 'class 12', ...");
}

BOOST_AUTO_TEST_CASE(files) {
  const Folder folder;
  const auto one = trained({"a b", "c", "<s>"});
  BOOST_TEST(one->save(folder.path(), "") == (Texts{"vocab.txt", "vocab.specials.json"}),
             boost::test_tools::per_element());
  BOOST_TEST(read_file(folder.path("vocab.txt")) == "<s>\n a\\x20b\nc\n");
  BOOST_TEST(read_file(folder.path("vocab.specials.json")) == "{}\n");
  const auto loaded = made();
  loaded->load(folder.path(), "");
  BOOST_TEST(names_of(*loaded) == names_of(*one), boost::test_tools::per_element());
  const auto refused = [&](const std::string& line, const std::string& part) {
    check_error([&] { made()->load(folder.path(), ""); }, "E_TOKENIZER_VOCABULARY", folder.path("vocab.txt") + line,
                part);
  };
  folder.write("vocab.txt", "a\n b\\x0ac\n");
  refused(":2", "holds a line end");
  folder.write("vocab.txt", "");
  refused("", "has no label");
  folder.write("vocab.txt", "a\nb\n");
  folder.write("vocab.specials.json", R"({"pad": 0})");
  refused("", "labels have none");
  std::filesystem::remove(folder.path("vocab.specials.json"));
  refused(":1", "'a' stands where <pad> belongs");
}

BOOST_AUTO_TEST_SUITE_END()
