// Planted mistakes of datasets are found under the property's name; our own datasets have none.
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "check/rows.hpp"
#include "strata/core/file.hpp"
#include "strata/core/json.hpp"
#include "throws.hpp"

using strata::test::finds_fault;

BOOST_AUTO_TEST_SUITE(dataset_check)

BOOST_AUTO_TEST_CASE(planted_mistakes_are_found) {
  finds_fault("dataset", "twice", "splits");
  finds_fault("dataset", "no split", "splits");
  finds_fault("dataset", "closed", "splits");
  finds_fault("dataset", "any split", "unknown split");
  finds_fault("dataset", "index", "index");
  finds_fault("dataset", "line end", "text");
  finds_fault("dataset", "latin1", "text");
  finds_fault("dataset", "again", "end");
  finds_fault("dataset", "opened", "determinism");
  finds_fault("dataset", "shared", "readers");
}

BOOST_AUTO_TEST_CASE(without_a_mistake_all_pass) { strata::test::passes("dataset"); }

BOOST_AUTO_TEST_CASE(the_shelf_of_this_house_passes) {
  for (const char* spec : {R"("samples")", R"({"type": "samples", "name": "numbers", "parts": true})"}) {
    strata::test::shelf_passes("dataset", strata::parse_json(spec, "test"));
  }
}

// Those that are built in need files, and have no file of their own.
BOOST_AUTO_TEST_CASE(built_in_datasets_pass) {
  const std::string folder = strata::test::kBuilt + "/tests/check/data";
  std::filesystem::remove_all(folder);
  strata::make_folders(folder);
  std::string english, german, both, records;
  for (int i = 0; i < 50; ++i) {
    const std::string source = "line " + std::to_string(i) + "\xc3\xa9", target = "Zeile " + std::to_string(i);
    english += source + "\r\n";
    german += target + "\n";
    both += source + "\t" + target + "\n";
    records += R"({"source": ")" + source + R"(", "target": ")" + target + "\"}\n";
  }
  strata::write_file(folder + "/train.en", english);
  strata::write_file(folder + "/train.de", german);
  strata::write_file(folder + "/both.tsv", both);
  strata::write_file(folder + "/both.jsonl", records);
  const std::string one = folder + "/both";
  for (const std::string& spec :
       {R"({"type": "parallel", "source": "en", "target": "de", "train": ")" + folder + R"(/train", "test": ")" +
            folder + R"(/train"})",
        R"({"type": "tsv", "train": ")" + one + R"(.tsv"})", R"({"type": "jsonl", "train": ")" + one + R"(.jsonl"})"}) {
    BOOST_TEST_MESSAGE(spec);
    strata::test::shelf_passes("dataset", strata::parse_json(spec, "test"));
  }
}

// Images and labels: what concerns texts is left out, and the rest is checked.
BOOST_AUTO_TEST_CASE(a_dataset_without_texts_passes) {
  const std::string folder = strata::test::kBuilt + "/tests/check/data";
  strata::make_folders(folder);
  const std::string three("\0\0\0\3", 4), one("\0\0\0\1", 4);
  strata::write_file(folder + "/images", std::string("\0\0\x8\3", 4) + three + one + one + "abc");
  strata::write_file(folder + "/labels", std::string("\0\0\x8\1", 4) + three + std::string("\0\1\2", 3));
  const strata::Config spec =
      strata::parse_json(R"({"type": "idx", "height": 1, "width": 1, "train_images": ")" + folder +
                             R"(/images", "train_labels": ")" + folder + R"(/labels"})",
                         "test");
  const auto rows = strata::check_component("dataset", spec, {}, {strata::default_registry(), &strata::test::shelf()});
  BOOST_TEST(strata::test::failed(rows) == "");
  std::string skipped;
  for (const strata::CheckRow& row : rows) {
    if (row.verdict == strata::CheckRow::Verdict::skipped) skipped += row.property + ": " + row.detail;
  }
  BOOST_TEST(skipped == "overlap: compares texts, and there is no field of text");
}

BOOST_AUTO_TEST_SUITE_END()
