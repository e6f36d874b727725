// Dataset "table": columns by name and number, quotes of CSV, splits, a share for validation, a limit, and what is
// refused.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <set>

#include "framework/data/folder.hpp"
#include "plugins/load.hpp"
#include "strata/data/dataset.hpp"
#include "throws.hpp"

using namespace strata;
using strata_test::Folder;

namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

std::shared_ptr<Dataset> make(const std::string& options) {
  return strata_test::make<Dataset>(R"({"type": "table", )" + options + "}");
}

Rows read(const Dataset& dataset, const std::string& split, std::vector<std::string>* warnings = nullptr) {
  Rows rows;
  const auto reader = dataset.open(split);
  for (Example one; reader->next(one);) {
    BOOST_TEST(one.index == static_cast<std::int64_t>(rows.size()));
    rows.emplace_back(one.fields[0].text, one.fields.size() > 1 ? one.fields[1].text : "");
  }
  if (warnings != nullptr) *warnings = reader->warnings();
  return rows;
}

const Rows kTwo{{"a \"good\" film,\nreally", "1"}, {"bad", "0"}};

// 1,000 records, of which each tenth is of class b.
std::string thousand() {
  std::string text = "text\tlabel\n";
  for (int i = 0; i < 1000; ++i) text += "line " + std::to_string(i) + "\t" + (i % 10 == 0 ? "b" : "a") + "\n";
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(table)

BOOST_AUTO_TEST_CASE(columns_by_name_and_by_number) {
  const Folder folder;
  const std::string csv = folder.write("a.csv", "id,label,text\r\n1,1,\"a \"\"good\"\" film,\nreally\"\r\n2,0,bad\r\n");
  BOOST_TEST((read(*make(R"("train": ")" + csv + "\""), "train") == kTwo));
  const std::string bare = folder.write("b.csv", "1,1,\"a \"\"good\"\" film,\nreally\"\n2,0,bad\n");
  BOOST_TEST((read(*make(R"("text": "3", "label": "2", "train": ")" + bare + "\""), "train") == kTwo));
  const std::string json = folder.write("c.jsonl", R"({"label": 1, "text": "a \"good\" film,\nreally"})"
                                                   "\n"
                                                   R"({"text": "bad", "label": 0})"
                                                   "\n");
  BOOST_TEST((read(*make(R"("train": ")" + json + "\""), "train") == kTwo));
  const std::string tsv = folder.write("d.txt", "a\t1\nbad\t0\n");
  const Rows plain{{"a", ""}, {"bad", ""}};
  BOOST_TEST((read(*make(R"("format": "tsv", "text": "1", "label": "", "train": ")" + tsv + "\""), "train") == plain));
}

BOOST_AUTO_TEST_CASE(splits_by_a_column_and_empty_texts) {
  const Folder folder;
  const std::string file = folder.write("a.tsv", "train\tx\t0\ndev\ty\t1\ntrain\t \t1\ntrain\tz\t1\n");
  const auto dataset =
      make(R"("text": "2", "label": "3", "split": "1", "splits": ["valid=dev"], "file": ")" + file + "\"");
  BOOST_TEST(dataset->splits() == (std::vector<std::string>{"train", "valid", "test"}),
             boost::test_tools::per_element());
  std::vector<std::string> warnings;
  const Rows train{{"x", "0"}, {"z", "1"}}, valid{{"y", "1"}};
  BOOST_TEST((read(*dataset, "train", &warnings) == train));
  BOOST_REQUIRE(warnings.size() == 1U);
  BOOST_TEST(warnings[0] == file + ": 1 records without a text left out");
  BOOST_TEST((read(*dataset, "valid") == valid));
  BOOST_TEST(read(*dataset, "test").empty());
}

BOOST_AUTO_TEST_CASE(a_share_for_validation_is_taken_from_training) {
  const Folder folder;
  const std::string file = folder.write("a.tsv", thousand());
  const auto of = [&](int seed) {
    return make(R"("valid_share": 0.2, "seed": )" + std::to_string(seed) + R"(, "train": ")" + file + "\"");
  };
  const Rows train = read(*of(1), "train"), valid = read(*of(1), "valid"), other = read(*of(2), "valid");
  BOOST_TEST(train.size() + valid.size() == 1000U);
  BOOST_TEST(valid.size() > 150U);
  BOOST_TEST(valid.size() < 250U);
  std::set<std::string> texts;
  for (const auto& [text, label] : train) texts.insert(text);
  for (const auto& [text, label] : valid) BOOST_TEST(texts.count(text) == 0U);
  BOOST_TEST((read(*of(1), "valid") == valid));
  BOOST_TEST((other != valid));
}

// A larger limit has all records of a smaller one, and each class keeps its share.
BOOST_AUTO_TEST_CASE(a_limit_takes_each_class_by_its_share) {
  const Folder folder;
  const std::string file = folder.write("a.tsv", thousand());
  const auto of = [&](int limit) {
    const Rows rows = read(
        *make(R"("limit": )" + std::to_string(limit) + R"(, "train": ")" + file + R"(", "valid": ")" + file + "\""),
        "train");
    std::map<std::string, std::set<std::string>> classes;
    for (const auto& [text, label] : rows) classes[label].insert(text);
    return classes;
  };
  auto some = of(100), more = of(300);
  BOOST_TEST(some["a"].size() == 90U);
  BOOST_TEST(some["b"].size() == 10U);
  BOOST_TEST(more["a"].size() == 270U);
  for (const char* label : {"a", "b"}) {
    BOOST_TEST(std::includes(more[label].begin(), more[label].end(), some[label].begin(), some[label].end()));
  }
  BOOST_TEST(of(3)["b"].size() == 1U);
  BOOST_TEST(of(5000)["a"].size() == 900U);
  const auto limited = make(R"("limit": 10, "train": ")" + file + R"(", "valid": ")" + file + "\"");
  BOOST_TEST(read(*limited, "valid").size() == 1000U);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named) {
  const Folder folder;
  const auto refused = [&](const std::string& name, const std::string& text, const std::string& options,
                           const std::string& code, const std::string& line, const std::string& part) {
    const std::string path = folder.write(name, text);
    test::check_throws([&] { (void)read(*make(options + R"("train": ")" + path + "\""), "train"); }, code, path + line,
                       part);
  };
  refused("a.tsv", "text\tlabel\nx\t0\ny\n", "", "E_DATA_COLUMNS", ":3", "has 1 columns, 2 are needed");
  refused("b.csv", "x,1\ny,0,1\n", R"("text": "1", "label": "2", )", "E_DATA_COLUMNS", ":2", "has 3 columns, 2");
  refused("c.tsv", "x\t0\n", R"("text": "1", "label": "4", )", "E_DATA_COLUMNS", ":1", "has 2 columns, 4 are needed");
  refused("d.csv", "review,label\nx,0\n", "", "E_DATA_FIELD", ":1", "its columns: review, label");
  refused("e.csv", "text,label\n\"x,0\n", "", "E_DATA_QUOTE", ":2", "does not end");
  refused("f.jsonl", "{\"text\": \"x\"}\n", "", "E_DATA_FIELD", ":1", "its members: text");
  refused("g.jsonl", "[1]\n", "", "E_DATA_JSON", ":1", "is no object");
  refused("h.txt", "x\n", "", "E_DATA_FORMAT", "", "data.format");
  test::check_throws([&] { (void)make(R"("file": "x.tsv")"); }, "E_CONFIG_MISSING", "[table] split");
  test::check_throws([&] { (void)make(R"("text": "a")"); }, "E_DATA_SPLIT", "[table]", "names no file");
}

BOOST_AUTO_TEST_SUITE_END()
