// Tokenizer "hf" against the field's library: ids and texts of tests/golden/tokenizers, written by make.py there.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>

#include "framework/data/folder.hpp"
#include "plugins/load.hpp"
#include "strata/core/file.hpp"
#include "strata/core/json.hpp"
#include "strata/text/tokenizer.hpp"

using namespace strata;

namespace {

std::vector<std::int32_t> ids_of(const Config& list) {
  std::vector<std::int32_t> ids;
  for (const Config& id : list.items()) ids.push_back(static_cast<std::int32_t>(id.integer()));
  return ids;
}

std::string text_of(const std::vector<std::int32_t>& ids) {
  std::string text;
  for (const std::int32_t id : ids) text += std::to_string(id) + " ";
  return text;
}

void check(const Tokenizer& tokenizer, const Config& golden, const std::string& name) {
  const Config::Items &texts = golden.at("texts").items(), &ids = golden.at("ids").items(),
                      &decoded = golden.at("decoded").items();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::vector<std::int32_t> got = tokenizer.encode(texts[i].string());
    BOOST_TEST(text_of(got) == text_of(ids_of(ids[i])), name << ": '" << texts[i].string() << "'");
    BOOST_TEST(tokenizer.decode(ids_of(ids[i])) == decoded[i].string(), name << ": '" << texts[i].string() << "'");
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hf_golden)

BOOST_AUTO_TEST_CASE(every_kind_of_component_gives_the_ids_of_the_reference) {
  std::vector<std::filesystem::path> files;
  for (const auto& one : std::filesystem::directory_iterator(STRATA_SOURCE_DIR "/tests/golden/tokenizers")) {
    if (one.path().extension() == ".json") files.push_back(one.path());
  }
  std::sort(files.begin(), files.end());
  BOOST_TEST(files.size() >= 24U);
  for (const std::filesystem::path& path : files) {
    const Config golden = read_json(path.string());
    const strata_test::Folder out;
    write_file(out.path("tokenizer.json"), write_json(golden.at("tokenizer")));
    const auto tokenizer = strata_test::make<Tokenizer>(R"({"type": "hf", "file": ")" + out.path() + R"("})");
    tokenizer->train([](std::string&) { return false; });
    check(*tokenizer, golden, path.stem().string());
    tokenizer->save(out.path(), "saved.");
    const auto again = strata_test::make<Tokenizer>(R"({"type": "hf"})");
    again->load(out.path(), "saved.");
    check(*again, golden, path.stem().string() + " again");
  }
}

BOOST_AUTO_TEST_SUITE_END()
