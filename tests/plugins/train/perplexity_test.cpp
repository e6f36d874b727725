// Perplexity is e to the mean negative log-likelihood, label smoothing apart, in the reports of training as in those of
// validation: on the same data, without dropout, both lines say the same.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <map>

#include "framework/data/folder.hpp"
#include "plugins/load.hpp"
#include "strata/run/train_run.hpp"

using namespace strata;

namespace {

struct Reports final : Observer {
  std::vector<UpdateReport> updates;
  std::vector<std::map<std::string, double>> validations;
  void update(const UpdateReport& report) override { updates.push_back(report); }
  void validation(const ValidationReport& report) override {
    validations.emplace_back();
    for (const MetricReport& metric : report.metrics) validations.back()[metric.name] = metric.value;
  }
};

// The whole of the training split is one batch and is validated on: the report of an update is about the weights that
// were validated before it.
Reports train(const std::string& data, const std::string& model, double smoothing) {
  const strata_test::Folder folder;
  Config recipe = parse_json(R"({
    "data": { "type": "samples", "train": 60, "valid": 20, "test": 20 },
    "tokenizer": { "type": "word", "split": "symbols" }, "model": )" +
                                 model + R"(,
    "feed": { "type": "pairs", "batch": { "tokens": 1000000, "sentences": 100000 } },
    "train": { "type": "supervised", "max_updates": 4, "report_every": 1, "validate_every": 1, "keep_checkpoints": 1,
               "valid_split": "train",
               "metrics": ["loss", "perplexity"] } })",
                             "test");
  recipe.set("data.name", data);
  recipe.set("train.label_smoothing", std::to_string(smoothing));
  Reports reports;
  train_run(recipe, {folder.path("run"), &reports, {}}, {strata_test::plugins(), nullptr});
  return reports;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(perplexity)

BOOST_AUTO_TEST_CASE(training_and_validation_agree) {
  const std::pair<const char*, const char*> models[] = {
      {"dates", R"({ "type": "seq2seq", "embedding": 8, "dropout": 0, "encoder": { "hidden": 8, "bidirectional": true },
                     "decoder": { "hidden": 8, "attention": "additive" } })"},
      {"dates", R"({ "type": "transformer", "width": 16, "dropout": 0, "encoder": { "layers": 1 },
                     "decoder": { "layers": 1 },
                     "block": { "type": "transformer", "dropout": 0, "attention": { "type": "sdpa", "heads": 2 },
                                "feed_forward": { "type": "feed_forward", "hidden": 16 } } })"},
      {"questions", R"({ "type": "bag_of_words", "embedding": 8, "dropout": 0 })"},
  };
  for (const auto& [data, model] : models) {
    for (const double smoothing : {0.0, 0.1, 0.5}) {
      const Reports reports = train(data, model, smoothing);
      BOOST_REQUIRE(reports.updates.size() == 4U);
      BOOST_REQUIRE(reports.validations.size() == 4U);
      double worst = 0;
      for (std::size_t i = 1; i < reports.updates.size(); ++i) {
        const UpdateReport& trained = reports.updates[i];
        std::map<std::string, double> valid = reports.validations[i - 1];
        worst = std::max({worst, std::abs(trained.loss - valid["loss"]) / valid["loss"],
                          std::abs(trained.perplexity - valid["perplexity"]) / valid["perplexity"]});
        BOOST_TEST(trained.perplexity == std::exp(trained.loss), boost::test_tools::tolerance(1e-12));
      }
      BOOST_TEST_MESSAGE(std::string(model).substr(0, 24)
                         << "... smoothing " << smoothing << ": perplexity " << reports.updates[3].perplexity
                         << ", largest relative difference " << worst);
      BOOST_TEST(worst < 2e-5);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
