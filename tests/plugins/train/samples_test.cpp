// Samples at validation are what the verbs write with the checkpoint, change no byte of a run, and are refused where a
// model does not write; bits per byte against bytes that are counted here.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include "framework/data/folder.hpp"
#include "plugins/load.hpp"
#include "strata/run/generate_run.hpp"
#include "strata/run/load_model.hpp"
#include "strata/run/train_run.hpp"
#include "strata/run/translate_run.hpp"
#include "strata/tensor/context.hpp"
#include "throws.hpp"

using namespace strata;
using strata::test::check_throws;
using strata_test::Folder;

namespace {

struct Reports final : Observer {
  std::vector<ValidationReport> validations;
  void validation(const ValidationReport& report) override { validations.push_back(report); }
};

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  BOOST_REQUIRE_MESSAGE(file.good(), path);
  std::stringstream out;
  out << file.rdbuf();
  return out.str();
}

// A text with letters of one and two bytes.
struct LanguageTask : Folder {
  std::string valid;

  LanguageTask() {
    std::string train;
    for (int i = 0; i < 40; ++i) train += "fünf und " + std::to_string(i * i) + " sind vier\n";
    for (int i = 40; i < 46; ++i) valid += "fünf und " + std::to_string(i * i) + " sind nün\n";
    write("train.txt", train);
    write("valid.txt", valid);
  }

  Config recipe(const std::string& samples,
                const std::string& feed = R"({"type": "stream", "lanes": 4, "window": 9})") {
    Config recipe = parse_json(R"({
      "data": {"type": "text", "document": "line"}, "tokenizer": "characters",
      "model": {"type": "char_lm", "embedding": 6, "recurrent": {"hidden": 7}, "dropout": 0.2},
      "feed": )" + feed + R"(,
      "train": {"type": "supervised", "validate_every": 4, "checkpoint_every": 4, "keep_checkpoints": 0,
                "max_updates": 12, "ema": 0.5,
                "metrics": ["loss", "bits_per_byte"], "samples": )" +
                                   samples + "}}",
                               "recipe.json");
    recipe.set("data.train", path("train.txt"));
    recipe.set("data.valid", path("valid.txt"));
    return recipe;
  }

  Reports train(const Config& recipe, const std::string& run) {
    Reports reports;
    train_run(recipe, {path(run), &reports, {}}, {strata_test::plugins(), nullptr});
    return reports;
  }
};

const char* kSamples = R"({"prompts": ["fünf", "und 1"], "count": 3, "length": 20, "temperature": 0.7, "top_k": 9})";

}  // namespace

BOOST_AUTO_TEST_SUITE(validation_samples)

BOOST_AUTO_TEST_CASE(samples_are_what_generate_writes_with_the_checkpoint) {
  LanguageTask task;
  const Reports reports = task.train(task.recipe(kSamples), "run");
  BOOST_REQUIRE(reports.validations.size() == 3U);
  GenerateOptions options;
  options.max_tokens = 20;
  options.temperature = 0.7;
  options.top_k = 9;
  const std::vector<std::string> prompts{"fünf", "und 1", "fünf"};
  for (const ValidationReport& report : reports.validations) {
    const ContextScope scope;
    context().recording = false;
    const LoadedModel loaded = load_model(task.path("run"), "checkpoint-" + std::to_string(report.update));
    const auto expected = TextWriter(*loaded.model, loaded.feed, loaded.tokenizers, options).generate(prompts);
    BOOST_REQUIRE(report.samples.size() == 3U);
    for (std::size_t i = 0; i < 3; ++i) {
      BOOST_TEST(report.samples[i].input == prompts[i]);
      BOOST_TEST(report.samples[i].output == expected[i][0].text);
      BOOST_TEST(report.samples[i].reference == "");
    }
    BOOST_TEST(report.samples[0].output != report.samples[2].output);  // each has a number of its own
  }
  BOOST_TEST(reports.validations[0].samples[0].output != reports.validations[2].samples[0].output);
}

BOOST_AUTO_TEST_CASE(samples_change_no_byte_of_a_run_nor_of_a_resumed_one) {
  LanguageTask task;
  task.train(task.recipe(R"({"count": 0})"), "without");
  const Reports with = task.train(task.recipe(kSamples), "with");
  for (const std::int64_t stop : {1, 4, 6, 11}) {
    Config first = task.recipe(kSamples);
    first.set("train.max_updates", std::to_string(stop));
    const std::string run = "stopped-" + std::to_string(stop);
    task.train(first, run);
    const Reports rest = task.train(task.recipe(kSamples), run);
    for (std::size_t i = 0; i < 3; ++i) {
      BOOST_TEST(rest.validations.back().samples[i].output == with.validations.back().samples[i].output);
    }
    for (const char* file : {"/checkpoint-12/model.safetensors", "/checkpoint-12/optimizer.safetensors"}) {
      const std::string expected = bytes_of(task.path("without") + file);
      BOOST_TEST((bytes_of(task.path("with") + file) == expected), file);
      BOOST_TEST((bytes_of(task.path(run) + file) == expected), run << file);
    }
  }
}

BOOST_AUTO_TEST_CASE(translations_are_shown_with_their_references) {
  const Folder folder;
  const Config recipe = parse_json(R"({
    "data": {"type": "samples", "name": "dates", "train": 60, "valid": 20, "test": 20},
    "tokenizer": {"type": "word", "split": "symbols"},
    "model": {"type": "seq2seq", "embedding": 8, "encoder": {"hidden": 8, "bidirectional": true},
              "decoder": {"hidden": 8, "attention": "additive"}},
    "train": {"type": "supervised", "max_updates": 3, "metrics": ["loss"], "samples": {"count": 4, "length": 5}}})",
                                   "recipe.json");
  Reports reports;
  train_run(recipe, {folder.path("run"), &reports, {}}, {strata_test::plugins(), nullptr});
  BOOST_REQUIRE(!reports.validations.empty());
  const std::vector<SampleReport>& shown = reports.validations.back().samples;
  BOOST_REQUIRE(shown.size() == 4U);
  const ContextScope scope;
  context().recording = false;
  const LoadedModel loaded = load_model(folder.path("run"), "latest");
  TranslateOptions options;
  options.decode.max_length_ratio = 0;
  options.decode.max_length = 5;
  Translator translator(*loaded.model, loaded.tokenizers, options);
  const auto reader = loaded.recipe.data.make()->open("valid");
  for (const SampleReport& one : shown) {
    Example example;
    BOOST_REQUIRE(reader->next(example));
    BOOST_TEST(one.input == example.fields[0].text);
    BOOST_TEST(one.reference == example.fields[1].text);
    BOOST_TEST(one.output == translator.translate(std::vector<std::string>{one.input})[0][0].text);
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_write_is_refused_before_training) {
  const Folder folder;
  const auto train = [&](const char* model, const char* options) {
    const Config recipe = parse_json(R"({
      "data": {"type": "samples", "name": "questions", "train": 60, "valid": 20, "test": 20},
      "tokenizer": {"type": "word"}, "model": )" +
                                         std::string(model) + R"(,
      "train": {"type": "supervised", "max_updates": 3, )" +
                                         options + "}}",
                                     "recipe.json");
    train_run(recipe, {folder.path("run"), nullptr, {}}, {strata_test::plugins(), nullptr});
  };
  const char* classifier = R"({"type": "bag_of_words", "embedding": 8})";
  check_throws([&] { train(classifier, R"("samples": {"count": 2})"); }, "E_MODEL_CAPABILITY", "train.samples",
               "the model is no Generator (it is: Classifier)");
  check_throws([&] { train(classifier, R"("samples": {"count": 2}, "metrics": [])"); }, "E_CONFIG_MISSING",
               "train.samples", "no validation");
  check_throws([&] { train(classifier, R"("metrics": ["loss", "bits_per_byte"])"); }, "E_CONFIG_METRIC",
               "bits_per_byte", "the feed counts no bytes of text");
}

// Nats over the bytes of the text behind its first letter; the end of a line is a token without bytes.
BOOST_AUTO_TEST_CASE(bits_per_byte_are_those_of_the_text) {
  LanguageTask task;
  std::size_t letters = 0, lines = 0, bytes = 0;
  for (const char c : task.valid) {
    lines += c == '\n' ? 1 : 0;
    bytes += c != '\n' ? 1 : 0;
    letters += c != '\n' && (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  }
  const auto count = [](std::size_t number) { return static_cast<double>(number); };
  const struct {
    const char* feed;
    double tokens, bytes;
  } cases[] = {
      // All letters and ends but the very first letter.
      {R"({"type": "stream", "lanes": 4, "window": 9})", count(letters + lines) - 1, count(bytes) - 1},
      // All but the first letter of each line.
      {R"({"type": "packed", "window": 9, "batch_size": 4})", count(letters), count(bytes - lines)},
      {R"({"type": "packed", "window": 9, "batch_size": 4, "start": true})", count(letters + lines), count(bytes)},
  };
  int number = 0;
  for (const auto& one : cases) {
    std::map<std::string, double> values;
    const Reports reports = task.train(task.recipe("{}", one.feed), "run" + std::to_string(number++));
    BOOST_REQUIRE(!reports.validations.empty());
    for (const MetricReport& metric : reports.validations.back().metrics) values[metric.name] = metric.value;
    const double expected = values["loss"] * one.tokens / (std::log(2.0) * one.bytes);
    BOOST_TEST_MESSAGE(one.feed << ": " << values["bits_per_byte"] << " bits per byte");
    BOOST_TEST(values["bits_per_byte"] == expected, boost::test_tools::tolerance(1e-12));
  }
}

BOOST_AUTO_TEST_SUITE_END()
