// The built-in metrics: sums of loss parts, and scores of texts.
#include "score/metrics.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include "strata/core/error.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/score/accuracy.hpp"
#include "strata/score/bleu.hpp"
#include "strata/score/chrf.hpp"
#include "strata/train/metric.hpp"

namespace strata {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

void expect(std::string_view name, const std::vector<double>& sums, std::size_t count) {
  if (sums.size() == count) return;
  throw Error("E_INTERNAL", std::string(name),
              std::to_string(sums.size()) + " statistics where " + std::to_string(count) + " are needed");
}

// sum / weight of one part of the loss.
class Mean : public Metric {
 public:
  Input input() const override { return Input::sums; }
  std::string_view part() const override { return "loss"; }
  void add(double sum, double weight) override {
    sum_ += sum;
    weight_ += weight;
  }
  using Metric::add;
  double value() const override { return weight_ > 0 ? sum_ / weight_ : kNothing; }
  void reset() override { sum_ = weight_ = 0; }
  bool higher_is_better() const override { return false; }
  std::vector<double> statistics() const override { return {sum_, weight_}; }
  void set_statistics(const std::vector<double>& sums) override {
    expect(name(), sums, 2);
    sum_ = sums[0];
    weight_ = sums[1];
  }

 private:
  double sum_ = 0, weight_ = 0;
};

class Loss final : public Mean {
 public:
  std::string_view name() const override { return "loss"; }
};

class Perplexity final : public Mean {
 public:
  std::string_view name() const override { return "perplexity"; }
  double value() const override { return std::exp(Mean::value()); }
};

class BitsPerByte final : public Mean {
 public:
  std::string_view name() const override { return "bits_per_byte"; }
  Per per() const override { return Per::byte; }
  double value() const override { return Mean::value() / std::numbers::ln2; }
};

class Accuracy final : public Mean {
 public:
  std::string_view name() const override { return "accuracy"; }
  std::string_view part() const override { return "correct"; }
  double value() const override { return 100 * Mean::value(); }
  bool higher_is_better() const override { return true; }
};

// Hits among cases of texts.
class TextHits : public Metric {
 public:
  Input input() const override { return Input::text; }
  using Metric::add;
  double value() const override { return hits_.cases > 0 ? hits_.percent() : kNothing; }
  void reset() override { hits_ = {}; }
  bool higher_is_better() const override { return true; }
  std::vector<double> statistics() const override {
    return {static_cast<double>(hits_.hits), static_cast<double>(hits_.cases)};
  }
  void set_statistics(const std::vector<double>& sums) override {
    expect(name(), sums, 2);
    hits_.hits = std::llround(sums[0]);
    hits_.cases = std::llround(sums[1]);
  }

 protected:
  void count(const Hits& more) {
    hits_.hits += more.hits;
    hits_.cases += more.cases;
  }

 private:
  Hits hits_;
};

class ExactMatch final : public TextHits {
 public:
  std::string_view name() const override { return "exact_match"; }
  void add(std::string_view hypothesis, std::string_view reference) override {
    count(exact_match(hypothesis, reference));
  }
  using TextHits::add;
};

class TokenAccuracy final : public TextHits {
 public:
  std::string_view name() const override { return "token_accuracy"; }
  void add(std::string_view hypothesis, std::string_view reference) override {
    count(token_accuracy(hypothesis, reference));
  }
  using TextHits::add;
};

// A scorer of the score room (Bleu, Chrf) as a metric.
template <class Scorer>
class Score : public Metric {
 public:
  explicit Score(Scorer scorer) : scorer_(std::move(scorer)) {}

  Input input() const override { return Input::text; }
  void add(std::string_view hypothesis, std::string_view reference) override {
    scorer_.add(hypothesis, reference);
    empty_ = false;
  }
  using Metric::add;
  void reset() override {
    scorer_.reset();
    empty_ = true;
  }
  bool higher_is_better() const override { return true; }
  std::string signature() const override { return scorer_.signature(); }
  std::vector<double> statistics() const override { return {scorer_.statistics().begin(), scorer_.statistics().end()}; }
  void set_statistics(const std::vector<double>& sums) override {
    std::vector<std::int64_t> whole;
    for (const double sum : sums) whole.push_back(std::llround(sum));
    scorer_.reset();
    scorer_.add_statistics(whole);
    empty_ = false;
  }

 protected:
  Scorer scorer_;
  bool empty_ = true;
};

class BleuMetric final : public Score<Bleu> {
 public:
  struct Options {
    BleuOptions bleu;
    void visit(auto& option) {
      option("tokenize", bleu.tokenize, "rule by which lines are cut into tokens",
             {{"13a", BleuTokenize::mteval13a},
              {"intl", BleuTokenize::intl},
              {"none", BleuTokenize::none},
              {"char", BleuTokenize::characters},
              {"spaces", BleuTokenize::spaces}});
      option("lowercase", bleu.lowercase, "comparison of both texts in lower case");
      option("smooth", bleu.smooth, "smoothing of the precision of n-gram orders without a match",
             {{"exp", BleuSmooth::exp},
              {"none", BleuSmooth::none},
              {"floor", BleuSmooth::floor},
              {"add-k", BleuSmooth::add_k}});
    }
  };
  explicit BleuMetric(const Options& options) : Score(Bleu(options.bleu)) {}
  std::string_view name() const override { return "bleu"; }
  double value() const override { return empty_ ? kNothing : scorer_.score().score; }
};

class ChrfMetric final : public Score<Chrf> {
 public:
  struct Options {
    ChrfOptions chrf;
    void visit(auto& option) {
      option("char_order", chrf.char_order, "length of the longest character n-gram").range(1, 100);
      option("word_order", chrf.word_order, "length of the longest word n-gram (0: none, 2: chrF++)").range(0, 100);
      option("beta", chrf.beta, "weight of recall, relative to that of precision").range(1, 100);
      option("lowercase", chrf.lowercase, "comparison of both texts in lower case");
      option("whitespace", chrf.whitespace, "inclusion of white space in the character n-grams");
    }
  };
  explicit ChrfMetric(const Options& options) : Score(Chrf(options.chrf)) {}
  std::string_view name() const override { return "chrf"; }
  double value() const override { return empty_ ? kNothing : scorer_.score(); }
};

}  // namespace

void register_metrics(Registry& registry) {
  registry.add<Metric, Loss>("loss", "mean negative log-likelihood of the target tokens, in nats");
  registry.add<Metric, Perplexity>("perplexity", "exponential of the loss");
  registry.add<Metric, BitsPerByte>("bits_per_byte",
                                    "bits for each byte of the predicted text, which any tokenizers can be compared "
                                    "by; special tokens have no bytes, and an unknown token has those of its name");
  registry.add<Metric, Accuracy>("accuracy",
                                 "percentage of target tokens that are predicted right, given the tokens before them");
  registry.add<Metric, ExactMatch>("exact_match",
                                   "percentage of outputs that equal their reference; white space does not count");
  registry.add<Metric, TokenAccuracy>("token_accuracy",
                                      "percentage of word positions at which output and reference have the same word");
  registry.add<Metric, BleuMetric>("bleu", "corpus BLEU (Papineni et al., 2002), as the reference scorer computes it");
  registry.add<Metric, ChrfMetric>("chrf", "chrF (Popovic, 2015) and chrF++, as the reference scorer computes them");
}

}  // namespace strata
