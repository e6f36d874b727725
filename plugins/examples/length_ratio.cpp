// A metric as a plugin of one file: how long the outputs are beside their references, in words and in percent. Far from
// 100, a decoder stops too early or too late.
#include <strata/plugin.hpp>
#include <strata/train/metric.hpp>

#include <cmath>
#include <limits>

namespace {

class LengthRatio final : public strata::Metric {
 public:
  struct Options {
    std::string unit = "word";
    void visit(auto& option) { option("unit", unit, "unit that is counted").one_of({"word", "byte"}); }
  };
  explicit LengthRatio(const Options& options) : words_(options.unit == "word") {}

  Input input() const override { return Input::text; }
  using Metric::add;
  void add(std::string_view hypothesis, std::string_view reference) override {
    outputs_ += count(hypothesis);
    references_ += count(reference);
  }
  double value() const override {
    return references_ > 0 ? 100 * outputs_ / references_ : std::numeric_limits<double>::quiet_NaN();
  }
  void reset() override { outputs_ = references_ = 0; }
  std::string_view name() const override { return "length_ratio"; }
  bool higher_is_better() const override { return true; }
  std::vector<double> statistics() const override { return {outputs_, references_}; }
  void set_statistics(const std::vector<double>& sums) override { outputs_ = sums.at(0), references_ = sums.at(1); }

 private:
  double count(std::string_view text) const {
    if (!words_) return static_cast<double>(text.size());
    double words = 0;
    bool inside = false;
    for (const char c : text) {
      const bool space = c == ' ' || c == '\t';
      words += !space && !inside ? 1 : 0;
      inside = !space;
    }
    return words;
  }

  bool words_;
  double outputs_ = 0, references_ = 0;
};

}  // namespace

STRATA_PLUGIN("length-ratio", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Metric, LengthRatio>("length_ratio",
                                     "number of words (or bytes) in the outputs per 100 in the references");
});
