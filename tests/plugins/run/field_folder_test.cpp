// Folders of the field: a GPT-2 that the field's library wrote is loaded, imported, exported and described
// (tests/golden/weights/make.py).
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <filesystem>

#include "framework/data/folder.hpp"
#include "plugins/load.hpp"
#include "strata/checkpoint/checkpoint.hpp"
#include "strata/checkpoint/weights.hpp"
#include "strata/core/file.hpp"
#include "strata/model/model.hpp"
#include "strata/run/field_run.hpp"
#include "strata/run/info_run.hpp"
#include "strata/run/load_model.hpp"
#include "strata/tensor/context.hpp"
#include "throws.hpp"

using namespace strata;
using strata::test::check_throws;
using strata_test::Folder;
namespace fs = std::filesystem;

namespace {

const std::string kGolden = std::string(STRATA_SOURCE_DIR) + "/tests/golden/weights/";

Host host() { return {strata_test::plugins()}; }

std::vector<double> read(const Weights& weights, const std::string& name) {
  const Weights::Entry& entry = *weights.find(name);
  std::vector<double> all(static_cast<std::size_t>(entry.shape.numel()));
  weights.read(entry, 0, entry.shape.numel(), all.data(), DType::f64);
  return all;
}

// The largest difference of the logits of a loaded model from those of the field's library. The last four rows of its
// embedding, of 264, have no token.
double difference(Model& model) {
  const Weights golden(kGolden + "gpt2-logits.safetensors");
  const std::vector<double> ids = read(golden, "ids"), expected = read(golden, "logits");
  const NoGrad scope;
  auto& writer = require<Generator>(model, "Generator", "test");
  TensorBatch batch;
  batch.put("tokens", Tensor::from(std::vector<std::int64_t>{static_cast<std::int64_t>(ids[0])}, {1, 1}));
  batch.put("tokens_lengths", Tensor::from(std::vector<std::int64_t>{1}, {1}));
  const auto state = writer.begin(batch);
  double worst = 0;
  for (std::size_t at = 0; at < ids.size(); ++at) {
    const std::vector<double> logits =
        writer.step(*state, Tensor::from(std::vector<std::int64_t>{static_cast<std::int64_t>(ids[at])}, {1}))
            .to_doubles();
    BOOST_REQUIRE(logits.size() == 260U);
    for (std::size_t i = 0; i < logits.size(); ++i)
      worst = std::max(worst, std::abs(logits[i] - expected[at * 264 + i]));
  }
  BOOST_TEST_MESSAGE("largest difference of logits " << worst);
  return worst;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(field_folder)

BOOST_AUTO_TEST_CASE(a_folder_is_a_run_and_computes_what_the_field_computes) {
  for (const char* folder : {"gpt2", "gpt2-shards"}) {
    const ContextScope scope;
    const LoadedModel loaded = load_model(kGolden + folder, "best", host());
    BOOST_TEST(difference(*loaded.model) < 1e-5);
    BOOST_TEST(loaded.tokenizers["text"].size() == 260);
  }
}

BOOST_AUTO_TEST_CASE(import_and_export_give_the_same_tensors_back) {
  const Folder folder;
  const FieldReport in = import_run(kGolden + "gpt2-shards", folder.path("run"), host());
  BOOST_TEST(in.family == "gpt2");
  verify_checkpoint(folder.path("run"));
  {
    const ContextScope scope;
    BOOST_TEST(difference(*load_model(folder.path("run"), "best", host()).model) < 1e-5);
  }
  (void)export_run(folder.path("run"), "best", folder.path("out"), host());
  const Weights before(kGolden + "gpt2"), after(folder.path("out"));
  BOOST_TEST(before.entries().size() == after.entries().size());
  for (const Weights::Entry& entry : before.entries()) {
    BOOST_TEST_CONTEXT(entry.name) {
      BOOST_REQUIRE(after.find(entry.name) != nullptr);
      std::vector<double> theirs = read(before, entry.name);
      if (entry.name == "transformer.wte.weight") theirs.resize(260 * 8);
      BOOST_TEST(read(after, entry.name) == theirs, boost::test_tools::per_element());
    }
  }
  const Config config = read_json(folder.path("out/config.json"));
  BOOST_TEST(config.at("model_type").string() == "gpt2");
  BOOST_TEST(config.at("vocab_size").integer() == 260);
  BOOST_TEST(config.at("eos_token_id").integer() == 0);
  BOOST_TEST(read_file(folder.path("out/generation_config.json")) ==
             read_file(kGolden + "gpt2-shards/generation_config.json"));
  const ContextScope scope;
  BOOST_TEST(difference(*load_model(folder.path("out"), "best", host()).model) < 1e-5);
  check_throws([&] { (void)export_run(folder.path("run"), "best", folder.path("out"), host()); }, "E_IO_OUTPUT",
               folder.path("out"));
}

BOOST_AUTO_TEST_CASE(a_chat_template_is_taken_along) {
  const Folder folder;
  (void)import_run(kGolden + "gpt2", folder.path("run"), host());
  (void)export_run(folder.path("run"), "best", folder.path("out"), host());
  BOOST_TEST(read_file(folder.path("out/chat_template.jinja")) == read_file(kGolden + "gpt2/chat_template.jinja"));
}

// A tokenizer that puts a token before each text: so do the texts of the folder and of its import.
BOOST_AUTO_TEST_CASE(a_start_token_of_the_tokenizer_is_put_before_texts) {
  const Folder folder;
  fs::copy(kGolden + "gpt2", folder.path("with"));
  Config tokenizer = read_json(folder.path("with/tokenizer.json"));
  tokenizer.put("post_processor", parse_json(R"({"type": "TemplateProcessing", "single": [
      {"SpecialToken": {"id": "<|endoftext|>"}}, {"Sequence": {"id": "A"}}]})",
                                             "test"));
  write_file(folder.path("with/tokenizer.json"), write_json(tokenizer));
  (void)import_run(folder.path("with"), folder.path("run"), host());
  const auto first = [&](const std::string& path) {
    const ContextScope scope;
    const LoadedModel loaded = load_model(path, "best", host());
    std::vector<Example> texts(1);
    set_texts(texts[0], {"th"}, 0);
    const std::int32_t start = loaded.tokenizers["text"].vocabulary().specials().start;
    return loaded.feed->inputs(texts).columns.at(0).ids.front() == start;
  };
  BOOST_TEST(first(folder.path("with")));
  BOOST_TEST(first(folder.path("run")));
  BOOST_TEST(!first(kGolden + "gpt2"));
}

BOOST_AUTO_TEST_CASE(info_counts_what_the_files_have) {
  const Folder folder;
  const Config about = info_run(kGolden + "gpt2", "best", host());
  // 264 x 8 and 16 x 8 of embeddings; a layer has 4 norms' vectors, 8 x 24 + 24, 8 x 8 + 8, 8 x 32 + 32, 32 x 8 + 8.
  const std::int64_t layer = 4 * 8 + 8 * 24 + 24 + 8 * 8 + 8 + 8 * 32 + 32 + 32 * 8 + 8;
  const std::int64_t parameters = 264 * 8 + 16 * 8 + 2 * layer + 2 * 8;
  BOOST_TEST(about.at("parameters").integer() == parameters);
  BOOST_TEST(about.at("formats").at("f32").integer() == parameters);
  BOOST_TEST(about.at("memory").at("weights").integer() == 4 * parameters);
  BOOST_TEST(about.at("context").integer() == 16);
  BOOST_TEST(about.at("family").string() == "gpt2");
  BOOST_TEST(about.at("template").string() == "chat_template.jinja");
  BOOST_TEST(about.find_path("vocabularies.text.size")->integer() == 260);
  BOOST_TEST(about.find_path("vocabularies.text.specials.ends")->items().at(0).string() == "<|endoftext|>");
  BOOST_TEST(info_text(about).find("context       16\n") != std::string::npos);
  (void)import_run(kGolden + "gpt2", folder.path("run"), host());
  BOOST_TEST(info_run(folder.path("run"), "best", host()).at("parameters").integer() == parameters - 4 * 8);
  const Config file = info_run(kGolden + "types.safetensors", "best", host());
  BOOST_TEST(file.at("formats").at("bf16").integer() == 6);
}

BOOST_AUTO_TEST_CASE(an_unknown_architecture_names_the_known_ones) {
  const Folder folder;
  folder.write("config.json", R"({"model_type": "bert", "architectures": ["BertForMaskedLM"]})");
  check_throws([&] { (void)load_model(folder.path(), "best", host()); }, "E_CHECKPOINT_ARCHITECTURE",
               folder.path("config.json"), "\"bert (BertForMaskedLM)\", which no component reads (known: ");
  check_throws([&] { (void)load_model(folder.path(), "best", host()); }, "E_CHECKPOINT_ARCHITECTURE",
               folder.path("config.json"), "gpt2, ");
}

BOOST_AUTO_TEST_CASE(an_embedding_with_fewer_rows_than_tokens_is_refused) {
  const Folder folder;
  fs::copy(kGolden + "gpt2", folder.path("small"));
  const Weights golden(kGolden + "gpt2");
  std::vector<NamedTensor> tensors;
  for (const Weights::Entry& entry : golden.entries()) {
    Shape shape = entry.shape;
    if (entry.name == "transformer.wte.weight") shape[0] = 250;
    tensors.push_back({entry.name, Tensor::zeros(shape)});
  }
  write_safetensors(folder.path("small/model.safetensors"), tensors);
  check_throws([&] { (void)load_model(folder.path("small"), "best", host()); }, "E_CHECKPOINT_SHAPE",
               folder.path("small"), "transformer.wte.weight has 250 rows, and the vocabulary has 260 tokens");
}

BOOST_AUTO_TEST_SUITE_END()
