// Tokenizer "hf": published vectors of ids (data of STRATA_DATA), special tokens, files, what is refused.
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>

#include "framework/data/folder.hpp"
#include "plugins/load.hpp"
#include "strata/core/file.hpp"
#include "strata/text/tokenizer.hpp"
#include "throws.hpp"

using namespace strata;

namespace {

std::shared_ptr<Tokenizer> read(const std::string& file, const std::string& options = "") {
  auto tokenizer = strata_test::make<Tokenizer>(R"({"type": "hf", "file": ")" + file + "\"" + options + "}");
  tokenizer->train([](std::string&) { return false; });
  return tokenizer;
}

// The folder of the published files, or "" with a message.
std::string published() {
  const char* data = std::getenv("STRATA_DATA");
  std::string folder = (data == nullptr ? std::string() : data) + "/tokenizers/";
  if (data != nullptr && std::filesystem::exists(folder)) return folder;
  BOOST_TEST_MESSAGE("skip: STRATA_DATA has no tokenizers");
  return "";
}

std::string unpacked(const strata_test::Folder& out, const std::string& packed, const std::string& name) {
  std::string path = out.path(name);
  BOOST_REQUIRE(std::system(("gzip -dc " + packed + " > " + path).c_str()) == 0);
  return path;
}

// Every input of the vectors has the ids of this name, and comes back where it `returns`.
void check_vectors(const std::string& folder, const Tokenizer& tokenizer, const std::string& name,
                   bool returns = true) {
  const Config vectors = read_json(folder + "llamacpp-test-vectors.json");
  const Config::Items &inputs = vectors.at("inputs").items(), &outputs = vectors.at("outputs").at(name).items();
  BOOST_REQUIRE(inputs.size() == outputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::vector<std::int32_t> right;
    for (const Config& id : outputs[i].items()) right.push_back(static_cast<std::int32_t>(id.integer()));
    const std::vector<std::int32_t> ids = tokenizer.encode(inputs[i].string());
    BOOST_TEST((ids == right), name << ": '" << inputs[i].string() << "'");
    if (returns) BOOST_TEST(tokenizer.decode(ids) == inputs[i].string(), name);
  }
}

const char* const kSmall = R"({"added_tokens": [{"id": 0, "content": "<s>", "special": true},
  {"id": 1, "content": "</s>", "special": true}, {"id": 2, "content": "<tab>", "special": false}],
  "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
  "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}]},
  "model": {"type": "BPE", "vocab": {"<s>": 0, "</s>": 1, "a": 3, "b": 4, "ab": 5}, "merges": ["a b"]}})";

}  // namespace

BOOST_AUTO_TEST_SUITE(hf)

BOOST_AUTO_TEST_CASE(ids_of_gpt2_equal_published_vectors) {
  const std::string folder = published();
  if (folder.empty()) return;
  const strata_test::Folder out;
  check_vectors(folder, *read(unpacked(out, folder + "gpt2.tokenizer.json.gz", "tokenizer.json")), "gpt-2");
  const strata_test::Folder gpt2;
  std::filesystem::copy_file(folder + "gpt2.encoder.json", gpt2.path("vocab.json"));
  std::filesystem::copy_file(folder + "gpt2.vocab.bpe", gpt2.path("merges.txt"));
  const auto tokenizer = read(gpt2.path());
  check_vectors(folder, *tokenizer, "gpt-2");
  BOOST_TEST(tokenizer->vocabulary().specials().end() == 50256);
  tokenizer->save(out.path(), "");
  const auto again = strata_test::make<Tokenizer>(R"({"type": "hf"})");
  again->load(out.path(), "");
  check_vectors(folder, *again, "gpt-2");
}

BOOST_AUTO_TEST_CASE(ids_of_ranks_equal_published_vectors) {
  const std::string folder = published();
  if (folder.empty()) return;
  const strata_test::Folder out;
  const auto qwen = read(unpacked(out, folder + "qwen.tiktoken.gz", "qwen.tiktoken"), R"(, "pattern": "qwen2")");
  check_vectors(folder, *qwen, "qwen2");
  check_vectors(folder, *qwen, "deepseek-r1-qwen");
}

// WordPiece loses white space and case, so only ids are compared.
BOOST_AUTO_TEST_CASE(ids_of_bert_equal_published_vectors) {
  const std::string folder = published();
  if (folder.empty()) return;
  const strata_test::Folder out;
  std::filesystem::copy_file(folder + "bert-base-uncased.vocab.txt", out.path("vocab.txt"));
  const auto tokenizer = read(out.path());
  check_vectors(folder, *tokenizer, "bert-bge", false);
  const Specials& specials = tokenizer->vocabulary().specials();
  BOOST_TEST(specials.pad == 0);
  BOOST_TEST(specials.unknown == 100);
  BOOST_TEST(specials.classify == 101);
  BOOST_TEST(specials.separator == 102);
  BOOST_TEST(specials.mask == 103);
}

BOOST_AUTO_TEST_CASE(special_tokens_come_from_the_files_beside_it) {
  const strata_test::Folder out;
  write_file(out.path("tokenizer.json"), kSmall);
  write_file(out.path("tokenizer_config.json"), R"({"eos_token": {"content": "</s>"}})");
  write_file(out.path("generation_config.json"), R"({"eos_token_id": [1, 2]})");
  const auto tokenizer = read(out.path());
  const Specials& specials = tokenizer->vocabulary().specials();
  BOOST_TEST(specials.start == 0);
  BOOST_TEST((specials.ends == std::vector<std::int32_t>{1, 2}));
  // A text never becomes a special token; an added token that is not special is one.
  BOOST_TEST((tokenizer->encode("abba") == std::vector<std::int32_t>{5, 4, 3}));
  BOOST_TEST(test::thrown([&] { (void)tokenizer->encode("<s>"); }).code() == "E_DATA_TOKEN");
}

BOOST_AUTO_TEST_CASE(added_tokens_are_found_in_a_text) {
  const strata_test::Folder out;
  write_file(out.path("tokenizer.json"), kSmall);
  BOOST_TEST((read(out.path())->encode("ab<tab>a") == std::vector<std::int32_t>{5, 2, 3}));
}

BOOST_AUTO_TEST_CASE(added_tokens_may_have_any_signs) {
  const strata_test::Folder out;
  std::string text = kSmall;
  text.replace(text.find("<tab>"), 5, R"(x\\E.*y)");
  write_file(out.path("tokenizer.json"), text);
  BOOST_TEST((read(out.path())->encode(R"(abx\E.*ya)") == std::vector<std::int32_t>{5, 2, 3}));
}

BOOST_AUTO_TEST_CASE(what_is_not_read_is_refused_by_name) {
  const strata_test::Folder out;
  const auto refused = [&](const std::string& from, const std::string& to, const std::string& code) {
    std::string text = kSmall;
    text.replace(text.find(from), from.size(), to);
    write_file(out.path("tokenizer.json"), text);
    const Error fault = test::thrown([&] { (void)read(out.path()); });
    BOOST_TEST(fault.code() == code, to);
    BOOST_TEST(fault.place().find("tokenizer.json") != std::string::npos, fault.place());
  };
  const std::string bytes = R"({"type": "ByteLevel", "add_prefix_space": false})";
  refused(R"("type": "BPE")", R"("type": "Letters")", "E_TOKENIZER_COMPONENT");
  refused(R"("type": "BPE")", R"("type": "BPE", "dropout": 0.1)", "E_TOKENIZER_COMPONENT");
  refused(bytes, R"({"type": "Letters"})", "E_TOKENIZER_COMPONENT");
  refused(bytes, R"({"type": "Split", "pattern": {"String": "a"}, "behavior": "Doubled"})", "E_TOKENIZER_COMPONENT");
  refused(bytes, R"({"type": "Metaspace", "prepend_scheme": "last"})", "E_TOKENIZER_COMPONENT");
  refused(R"("pre_tokenizer": )" + bytes, R"("normalizer": {"type": "Letters"})", "E_TOKENIZER_COMPONENT");
  refused(R"("pre_tokenizer": )" + bytes,
          R"("normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAAAAAAA"})", "E_TOKENIZER_COMPONENT");
  refused(R"("pre_tokenizer": )" + bytes, R"("decoder": {"type": "CTC"})", "E_TOKENIZER_COMPONENT");
  refused(R"("type": "TemplateProcessing")", R"("type": "Letters")", "E_TOKENIZER_COMPONENT");
  refused(R"("merges": ["a b"])", R"("merges": ["ab"])", "E_TOKENIZER_MERGES");
  refused(R"("merges": ["a b"])", R"("merges": ["a c"])", "E_TOKENIZER_MERGES");
  refused(R"("merges": ["a b"])", R"("merges": ["b b"])", "E_TOKENIZER_MERGES");
  refused(R"("ab": 5)", R"("ab": 4)", "E_TOKENIZER_VOCABULARY");
  refused(R"("ab": 5)", R"("ab": 1000000)", "E_TOKENIZER_VOCABULARY");
  refused(R"("ab": 5)", R"("ab": 4294967298)", "E_TOKENIZER_VOCABULARY");
  refused(bytes, R"({"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"},
              {"type": "Split", "behavior": "Isolated", "pattern": {"Regex": "(a"}}]})",
          "E_TOKENIZER_PATTERN");
  const strata_test::Folder empty;
  BOOST_TEST(test::thrown([&] { (void)read(empty.path()); }).code() == "E_TOKENIZER_FILE");
}

BOOST_AUTO_TEST_SUITE_END()
