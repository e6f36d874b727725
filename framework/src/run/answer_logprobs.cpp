// Answerer "logprobs": log-probabilities of the tokens of texts, or of targets given their sources.
#include <cmath>
#include <cstdio>
#include <memory>

#include "run/answerers.hpp"
#include "run/line_batches.hpp"
#include "strata/model/answerer.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/run/token_scorer.hpp"
#include "strata/text/one_line.hpp"

namespace strata {
namespace {

struct LogprobsOptions {
  std::int64_t batch_size = 64, batch_tokens = 8192, chunk = 256;

  void visit(auto& option) {
    option("batch_size", batch_size, "largest number of texts in a batch").range(1, 4096);
    option("batch_tokens", batch_tokens,
           "largest number of tokens in a batch, padding counted (a single text may have more)")
        .min(1);
    option("chunk", chunk,
           "number of texts that are read ahead and sorted by length (1: each text is answered at once)")
        .range(1, 1 << 24);
  }
};

// "-12.3457 TAB 5 TAB 11.8114 TAB text": sum, number of ids, perplexity of those that are predicted.
std::string line_of(double sum, std::size_t tokens, std::size_t predicted, const std::string& text) {
  char numbers[96];
  const double mean = predicted > 0 ? sum / static_cast<double>(predicted) : 0;
  std::snprintf(numbers, sizeof numbers, "%.4f\t%zu\t%.4f\t", sum, tokens, std::exp(-mean));
  return numbers + one_line(text);
}

Answer to_answer(const std::vector<std::int32_t>& ids, const std::vector<double>& found, const std::string& text) {
  Config::Items logprobs;
  double sum = 0;
  std::size_t predicted = 0;
  for (const double one : found) {
    if (std::isnan(one)) {  // nothing stands before it
      logprobs.emplace_back();
      continue;
    }
    logprobs.emplace_back(one);
    sum += one;
    ++predicted;
  }
  Answer answer;
  answer.json = Config::object({{"ids", Config::array(Config::Items(ids.begin(), ids.end()))},
                                {"logprobs", Config::array(std::move(logprobs))},
                                {"sum", sum}});
  answer.line = line_of(sum, ids.size(), predicted, text);
  answer.text = text;
  return answer;
}

class Logprobs final : public Answerer {
 public:
  using Options = LogprobsOptions;

  Logprobs(const Options& options, const Facts& facts)
      : Answerer(facts.feed),
        options_(options),
        model_(facts.model),
        scorer_(*model_, facts.feed, facts.tokenizers, {options.batch_size, options.batch_tokens}, facts.place) {}

  std::vector<FieldInfo> fields() const override {
    return scorer_.translates() ? line_fields({"source", "target"}) : std::vector<FieldInfo>{{"text"}};
  }
  std::int64_t chunk() const override { return options_.chunk; }

  void answer(std::span<const Example> examples, const Each& each) override {
    std::vector<GivenTokens> given;
    detail::Failure failure;
    for (std::size_t i = 0; i < examples.size() && failure.error == nullptr; ++i) {
      const std::vector<Field>& fields = examples[i].fields;
      try {
        GivenTokens one = scorer_.translates() ? scorer_.encode(fields.at(0).text, fields.at(1).text)
                                               : scorer_.encode(fields.at(0).text);
        scorer_.require_fits(one, "line " + std::to_string(examples[i].index + 1),
                             "a shorter text; `strata eval --text` reads a long one in windows");
        given.push_back(std::move(one));
      } catch (...) {
        failure.note(i);
      }
    }
    const std::vector<std::vector<double>> found = scorer_.score(given);
    for (std::size_t i = 0; i < found.size(); ++i) {
      each({to_answer(given[i].ids, found[i], examples[i].fields.back().text)});
    }
    failure.rethrow();
  }

 private:
  Options options_;
  std::shared_ptr<Model> model_;
  TokenScorer scorer_;
};

}  // namespace

void detail::register_logprobs(Registry& registry) {
  registry.add<Answerer, Logprobs>(
      "logprobs",
      "Log-probabilities of texts by a language model, or of targets given their sources (source TAB target). For each "
      "it prints a line: sum TAB number of tokens TAB perplexity TAB text; with --json the ids and the log-probability "
      "of each.",
      answers_with<Scorer>("Scorer", "gives log-probabilities of texts with it"));
}

}  // namespace strata
