// Percent of outputs that equal their reference, or mean of a loss, with one planted mistake (option "fault"), or none.
#include <strata/plugin.hpp>
#include <strata/train/metric.hpp>

#include <cstdlib>
#include <limits>
#include <random>
#include <stdexcept>

namespace {
using strata::Metric;

[[maybe_unused]] void* volatile lost = nullptr;

struct FaultOptions {
  std::string fault = "none";
  void visit(auto& option) { option("fault", fault, "the mistake"); }
};

// hits / cases of texts, sum / weight of the loss
template <Metric::Input kInput>
class Faulty final : public Metric {
 public:
  using Options = FaultOptions;
  explicit Faulty(const Options& options) : fault_(options.fault) {}

  Input input() const override { return kInput; }
  std::string_view part() const override { return is("part") ? "entropy" : "loss"; }

  void add(double sum, double weight) override {
    if constexpr (kInput == Input::text) return Metric::add(sum, weight);
    count(is("unweighted") ? sum / weight : sum, is("unweighted") ? 1 : weight);
  }
  void add(std::string_view output, std::string_view reference) override {
    if constexpr (kInput == Input::sums) return Metric::add(output, reference);
    if (is("throws") && output.empty()) throw std::runtime_error("an empty output");
    if (is("infinite") && reference.empty()) return count(std::numeric_limits<double>::infinity(), 1);
    if (is("leak")) lost = std::malloc(std::size_t{1} << 16U);  // NOLINT: that is the fault
    count(output == reference ? 1 : 0, 1);
  }

  double value() const override {
    static std::mt19937 chance{std::random_device{}()};  // the device itself takes microseconds a number
    if (weight_ == 0) return is("zero") ? 0 : std::numeric_limits<double>::quiet_NaN();
    const double value = (is("last") ? last_ : sum_ / weight_) * (kInput == Input::text ? 100 : 1);
    return is("chance") ? value + static_cast<double>(chance() % 1000) * 1e-6 : value;
  }
  void reset() override {
    sum_ = is("keeps") ? sum_ : 0;
    weight_ = 0;
  }
  std::string_view name() const override {
    return is("name") ? "accuracy" : kInput == Input::text ? "faulty" : "faulty_sums";
  }
  bool higher_is_better() const override { return (kInput == Input::text) != is("sense"); }
  std::vector<double> statistics() const override {
    if (is("means")) return {value(), 1};
    return {sum_, weight_};
  }
  void set_statistics(const std::vector<double>& sums) override {
    sum_ = sums.at(0) + (is("adds") ? sum_ : 0);
    weight_ = sums.at(1) + (is("adds") ? weight_ : 0);
  }

 private:
  bool is(std::string_view fault) const { return fault_ == fault; }
  void count(double sum, double weight) {
    sum_ += sum;
    weight_ += weight;
    last_ = last_ * 0.9 + sum / weight * 0.1;
  }

  std::string fault_;
  double sum_ = 0, weight_ = 0, last_ = 0;
};

}  // namespace

STRATA_PLUGIN("faulty-metric", "1.0", [](strata::Registry& r) {
  r.add<Metric, Faulty<Metric::Input::text>>("faulty", "equal outputs, with a mistake");
  r.add<Metric, Faulty<Metric::Input::sums>>("faulty_sums", "mean loss, with a mistake");
});
