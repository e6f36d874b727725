// The built-in datasets: what they read, and every error with its place.
#include "strata/data/dataset.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "framework/data/folder.hpp"
#include "strata/core/json.hpp"
#include "strata/plugin/registry.hpp"

using namespace strata;
using strata_test::check_error;
using strata_test::Folder;

namespace {

std::shared_ptr<Dataset> make(const std::string& json) {
  return default_registry().make<Dataset>(parse_json(json, "recipe.json"));
}

std::vector<std::string> read(const Dataset& dataset, const std::string& split) {
  std::vector<std::string> lines;
  Example pair;
  for (const auto reader = dataset.open(split); reader->next(pair);) {
    BOOST_TEST(pair.index == static_cast<std::int64_t>(lines.size()));
    lines.push_back(pair.fields[0].text + "|" + pair.fields[1].text);
  }
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(dataset)

BOOST_AUTO_TEST_CASE(parallel_reads_prefixes_pairs_of_paths_and_siblings) {
  const Folder folder;
  folder.write("train.en", "a house\n\nthe end\n");
  folder.write("train.de", "ein haus\nleer\n\n");
  folder.write("other.en", "one\n");
  folder.write("other.de", "eins\n");
  setenv("STRATA_TEST_FOLDER", folder.path().c_str(), 1);
  const auto data = make(R"({"type": "parallel", "source": "en", "target": "de", "train": "$STRATA_TEST_FOLDER/train",
    "test": ")" + folder.path("other.en") +
                         "," + folder.path("train.en") + R"(",
    "splits": ["extra=${STRATA_TEST_FOLDER}/other"]})");
  BOOST_TEST(data->splits() == Lines({"train", "test", "extra"}), boost::test_tools::per_element());
  BOOST_TEST(read(*data, "train") == Lines({"a house|ein haus", "|leer", "the end|"}),
             boost::test_tools::per_element());
  BOOST_TEST(read(*data, "extra") == Lines({"one|eins"}));
  BOOST_TEST(read(*data, "other") == Lines({"one|eins"}));  // beside train
  check_error([&] { data->open("test"); }, "E_DATA_UNEQUAL", folder.path("other.en"),
              "has 1 lines, " + folder.path("train.en") + " has 3");
  check_error([&] { data->open("dev"); }, "E_DATA_SPLIT", "[parallel] split dev", "known: train, test, extra");
  check_error([&] { data->open("../other"); }, "E_DATA_SPLIT", "[parallel] split ../other", "no such split");
}

BOOST_AUTO_TEST_CASE(parallel_errors) {
  const Folder folder;
  folder.write("a.en", "one\ntwo\n");
  const std::string head = R"({"type": "parallel", "source": "en", "target": "de", )";
  const auto data = make(head + R"("train": ")" + folder.path("a") + "\"}");
  check_error([&] { data->open("train"); }, "E_DATA_MISSING", folder.path("a.de"), "no such file");
  folder.write("a.de",
               "eins\nz\xfc"
               "ei\n");
  check_error([&] { read(*data, "train"); }, "E_DATA_UTF8", folder.path("a.de:2"), "byte 2 is not valid UTF-8");
  folder.write("a.de", "eins\r\nzwei\r\n");
  const auto reader = data->open("train");
  for (Example pair; reader->next(pair);) BOOST_TEST(pair.fields[1].text.back() != '\r');
  BOOST_TEST(reader->warnings() ==
             Lines({folder.path("a.de") + ": 2 carriage returns at line ends removed (CRLF file)"}));
  check_error([&] { make(head + R"("splits": ["x"]})"); }, "E_DATA_SPLIT", "[parallel] splits", "'x' is not NAME=PATH");
  check_error([&] { make(R"({"type": "parallel"})"); }, "E_DATA_SPLIT", "[parallel]", "no split is given");
  check_error([&] { make(head + R"("train": "a", "splits": ["train=b"]})"); }, "E_DATA_SPLIT", "[parallel] split train",
              "given twice");
  check_error([&] { make(head + R"("train": "$STRATA_NOT_SET_1/a"})"); }, "E_CONFIG_ENVIRONMENT",
              "[parallel] split train", "STRATA_NOT_SET_1");
}

BOOST_AUTO_TEST_CASE(tsv_by_column_and_by_file) {
  const Folder folder;
  folder.write("all.tsv", "train\ta\tb\nvalid\tc\td\ntrain\te\tf\n");
  folder.write("train.tsv", "x\ty\n");
  folder.write("more.tsv", "z\n");
  const auto data = make(R"({"type": "tsv", "split_column": 1, "source_column": 3, "target_column": 2, "file": ")" +
                         folder.path("all.tsv") + "\"}");
  BOOST_TEST(data->splits() == Lines({"train", "valid"}), boost::test_tools::per_element());
  BOOST_TEST(read(*data, "train") == Lines({"b|a", "f|e"}), boost::test_tools::per_element());
  check_error([&] { data->open("test"); }, "E_DATA_SPLIT", folder.path("all.tsv"), "known: train, valid");
  const auto files = make(R"({"type": "tsv", "train": ")" + folder.path("train.tsv") + "\"}");
  BOOST_TEST(read(*files, "train") == Lines({"x|y"}));
  check_error([&] { read(*files, "more"); }, "E_DATA_COLUMNS", folder.path("more.tsv:1"),
              "has 1 columns, column 2 is needed");
  check_error([&] { make(R"({"type": "tsv", "file": "x"})"); }, "E_DATA_SPLIT", "[tsv]", "contradict");
  check_error([&] { make(R"({"type": "tsv", "split_column": 1, "train": "x"})"); }, "E_DATA_SPLIT", "[tsv]",
              "contradict");
}

BOOST_AUTO_TEST_CASE(jsonl_strictly) {
  const Folder folder;
  const std::string path = folder.path("a.jsonl");
  folder.write("a.jsonl", "{\"s\": \"gr\\u00fc\\u00df\", \"t\": \"x\\ny\", \"split\": \"train\", \"n\": 1}\n");
  const auto data = make(R"({"type": "jsonl", "source_field": "s", "target_field": "t", "train": ")" + path + "\"}");
  const auto reader = data->open("train");
  Example pair;
  BOOST_TEST(reader->next(pair));
  BOOST_TEST(pair.fields[0].text == "gr\xc3\xbc\xc3\x9f");
  BOOST_TEST(pair.fields[1].text == "x y");
  BOOST_TEST(reader->warnings().size() == 1U);
  const auto fails = [&](const std::string& line, const char* code, const char* part) {
    folder.write("a.jsonl", "{\"s\": \"a\", \"t\": \"b\"}\n" + line + "\n");
    check_error([&] { read(*data, "train"); }, code, path + ":2", part);
  };
  fails("{\"s\": \"a\"}", "E_DATA_FIELD", "has no field 't'");
  fails("{\"s\": \"a\", \"t\": 3}", "E_DATA_FIELD", "field 't' is no string: 3");
  fails("[1]", "E_DATA_JSON", "is no object: [1]");
  fails("", "E_DATA_JSON", "");
  fails("{\"s\": \"a\", \"s\": \"b\", \"t\": \"c\"}", "E_DATA_JSON", "s");
  fails("{\"s\": \"a\", \"t\": \"b\"} x", "E_DATA_JSON", "");
}

BOOST_AUTO_TEST_CASE(overlap_counts_test_pairs_seen_in_training) {
  const Folder folder;
  folder.write("train.tsv", "a\t1\nb\t2\nb\t3\nc\t4\n");
  folder.write("test.tsv", "b\t9\nb\t8\nd\t7\n");
  const auto data = make(R"({"type": "tsv", "train": ")" + folder.path("train.tsv") + "\"}");
  BOOST_TEST(overlap(*data, "train", "test") == 2);
  BOOST_TEST(overlap(*data, "test", "train") == 2);
}

BOOST_AUTO_TEST_SUITE_END()
