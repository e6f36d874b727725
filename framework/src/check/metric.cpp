// What a metric promises (train/metric.hpp).
#include "check/metric.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "check/texts.hpp"
#include "strata/core/error.hpp"
#include "strata/core/rng.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/train/metric.hpp"

namespace strata::detail {
namespace {

constexpr double kRounding = 1e-9;  // the same sums in another order

class MetricChecks {
 public:
  MetricChecks(const Config& spec, const CheckOptions& options, Registry& registry)
      : spec_(spec), seed_(options.seed), registry_(registry), texts_(make()->input() == Metric::Input::text) {}

  std::vector<CheckRow> run() {
    checks_.property("name", [&] { return name(); });
    checks_.property("empty", [&] { return empty(); });
    checks_.property("reset", [&] { return reset(); });
    checks_.property("determinism", [&] { return determinism(); });
    checks_.property("order", [&] { return order(); });
    checks_.property("ranks", [&] { return ranks(); });
    checks_.property("sense", [&] { return texts_ ? sense_of_texts() : sense_of_sums(); });
    if (texts_) {
      checks_.property("any text", [&] { return any_text(); });
    } else {
      checks_.property("weight", [&] { return weight(); });
    }
    checks_.property("memory", [&] { return memory(); });
    return checks_.take();
  }

 private:
  static constexpr std::size_t kCases = 48;

  std::shared_ptr<Metric> make() const { return registry_.make<Metric>(spec_); }

  // Case i: an output with one word of three wrong in some, or a sum and its weight.
  void add(Metric& metric, std::size_t i) const {
    const std::vector<std::string>& lines = sample_lines();
    const std::string& reference = lines[i % lines.size()];
    if (!texts_) {
      metric.add(static_cast<double>(1 + i % 7) * 0.75, static_cast<double>(6 + i % 5));
    } else if (i % 3 == 0) {
      metric.add(reference, reference);
    } else {
      std::string output;
      std::size_t at = i;
      for (const std::string& word : words_of(reference)) output += (at++ % 3 == 0 ? "x" : word) + " ";
      metric.add(output, reference);
    }
  }
  double value_of(const std::shared_ptr<Metric>& metric, std::size_t begin = 0, std::size_t end = kCases) const {
    for (std::size_t i = begin; i < end; ++i) add(*metric, i);
    return metric->value();
  }
  static void require_equal(double got, double expected, double tolerance, const std::string& what) {
    const bool bits = std::bit_cast<std::uint64_t>(got) == std::bit_cast<std::uint64_t>(expected);
    if (bits || std::abs(got - expected) <= tolerance * std::max(1.0, std::abs(expected))) return;
    throw CheckFailed{fmt::format("{}: {:.17g}, not {:.17g}", what, got, expected)};
  }

  std::string name() const {
    const auto metric = make();
    const std::string& known = spec_.is_string() ? spec_.string() : spec_.at("type").string();
    if (metric->name() != known) {
      throw CheckFailed{fmt::format("name() is '{}', recipes call it '{}'", printable(metric->name()), known)};
    }
    if (!texts_ && metric->part() != "loss" && metric->part() != "correct") {
      throw CheckFailed{fmt::format("it reads sums of '{}', there are loss and correct", printable(metric->part()))};
    }
    return fmt::format("{}, {}{}", known, texts_ ? "of texts" : "sums of " + std::string(metric->part()),
                       metric->higher_is_better() ? ", higher is better" : ", lower is better");
  }

  std::string empty() const {
    const auto metric = make();
    if (!std::isnan(metric->value())) {
      throw CheckFailed{fmt::format("{} before anything was added, not a number is wanted", metric->value())};
    }
    const double some = value_of(metric);
    if (!std::isfinite(some)) throw CheckFailed{fmt::format("{} of {} cases", some, kCases)};
    metric->reset();
    if (!std::isnan(metric->value())) {
      throw CheckFailed{fmt::format("{} after reset(), not a number is wanted", metric->value())};
    }
    return fmt::format("not a number, {:g} of {} cases, not a number after reset()", some, kCases);
  }

  std::string reset() const {
    const auto used = make();
    (void)value_of(used, 3, 20);
    used->reset();
    const double expected = value_of(make(), 20, kCases);
    require_equal(value_of(used, 20, kCases), expected, 0, "after other cases and reset()");
    return fmt::format("{:g}, to the bit as of a new one", expected);
  }

  std::string determinism() const {
    const double first = value_of(make());
    const auto asked = make();
    for (std::size_t i = 0; i < kCases; ++i) {
      add(*asked, i);
      (void)asked->value();
      (void)asked->statistics();
    }
    require_equal(value_of(make()), first, 0, "the same cases again");
    require_equal(asked->value(), first, 0, "asked after every case");
    return fmt::format("{:g} twice, and when asked after every case", first);
  }

  std::string order() const {
    std::vector<std::size_t> order(kCases);
    for (std::size_t i = 0; i < kCases; ++i) order[i] = i;
    Rng(static_cast<std::uint64_t>(seed_), "check/order").shuffle(order);
    const auto shuffled = make();
    for (const std::size_t i : order) add(*shuffled, i);
    const double expected = value_of(make());
    require_equal(shuffled->value(), expected, kRounding, "the same cases in another order");
    return fmt::format("{:g} in two orders, tolerance {:g}; seed {}", expected, kRounding, seed_);
  }

  // Three ranks, one of which saw nothing.
  std::string ranks() const {
    std::vector<double> sums;
    for (const auto& [begin, end] : {std::pair<std::size_t, std::size_t>{0, 17}, {17, 17}, {17, kCases}}) {
      const auto rank = make();
      if (end > begin) (void)value_of(rank, begin, end);
      const std::vector<double> some = rank->statistics();
      if (sums.empty()) sums.resize(some.size());
      if (some.size() != sums.size()) {
        throw CheckFailed{
            fmt::format("{} statistics of {} cases, {} of others", some.size(), end - begin, sums.size())};
      }
      for (std::size_t i = 0; i < some.size(); ++i) {
        if (!std::isfinite(some[i]))
          throw CheckFailed{fmt::format("statistic {} of {} cases is {}", i, end - begin, some[i])};
        sums[i] += some[i];
      }
    }
    const auto whole = make();
    (void)value_of(whole, 0, 5);  // what was there is replaced
    whole->set_statistics(sums);
    const double expected = value_of(make());
    require_equal(whole->value(), expected, kRounding, "the statistics of three ranks added up and set");
    return fmt::format("{} sums of three ranks give {:g}, tolerance {:g}", sums.size(), expected, kRounding);
  }

  // Each output for its neighbour's reference is wrong, and as long as the right ones are in all.
  std::string sense_of_texts() const {
    const auto right = make(), wrong = make();
    const std::vector<std::string>& lines = sample_lines();
    for (std::size_t i = 0; i < lines.size(); ++i) {
      right->add(lines[i], lines[i]);
      wrong->add(lines[(i + 1) % lines.size()], lines[i]);
    }
    const double best = right->value(), worst = wrong->value();
    if (!std::isfinite(best)) throw CheckFailed{fmt::format("{} for outputs that equal their references", best)};
    if (right->better(worst, best)) {
      throw CheckFailed{
          fmt::format("{:g} for outputs at the wrong lines counts as better than {:g} for perfect ones", worst, best)};
    }
    return fmt::format("{:g} for perfect outputs, {:g} for those of the next line", best, worst);
  }

  std::string sense_of_sums() const {
    const auto few = make(), many = make();
    few->add(2, 8);
    many->add(6, 8);
    const bool more = few->part() == "correct";  // a larger sum of it is better
    const double low = few->value(), high = many->value();
    if (!few->better(more ? high : low, more ? low : high)) {
      throw CheckFailed{fmt::format("{:g} for 2 of 8 and {:g} for 6 of 8: a {} sum of {} does not count as better", low,
                                    high, more ? "larger" : "smaller", few->part())};
    }
    return fmt::format("{:g} for 2 of 8, {:g} for 6 of 8", low, high);
  }

  std::string weight() const {
    const auto plain = make(), grown = make(), split = make();
    plain->add(3, 8);
    grown->add(6, 16);
    split->add(3, 2);
    split->add(0, 6);
    split->add(0, 0);
    require_equal(grown->value(), plain->value(), kRounding, "twice the sum and twice the weight");
    require_equal(split->value(), plain->value(), kRounding, "the same sum and weight in parts, one of them empty");
    return "of sum / weight alone";
  }

  std::string any_text() const {
    std::vector<std::string> texts = {"",           " ",      "\t",       std::string(1, '\0'),
                                      "\u2028",     "\u3000", "\u0301",   "\ufeff",
                                      "\U0010ffff", ".",      "\"'&<>\\", std::string(1000, ' ')};
    std::string letters, words, accents;
    while (words.size() < kLong) letters += "a", words += "word ", accents += "e\u0301";
    texts.insert(texts.end(), {letters, words, accents});
    const std::vector<std::string>& lines = sample_lines();
    texts.insert(texts.end(), lines.begin(), lines.end());
    const auto all = make();
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto alone = make();
      for (const std::string& other : {texts[i], texts[(i + 1) % texts.size()], std::string("the fox")}) {
        for (Metric* metric : {alone.get(), all.get()}) metric->add(texts[i], other);
        for (Metric* metric : {alone.get(), all.get()}) metric->add(other, texts[i]);
        (void)alone->value();
      }
    }
    require_equal(all->value(), all->value(), 0, "asked twice");
    if (!std::isfinite(all->value())) throw CheckFailed{fmt::format("{} of all of them together", all->value())};
    return fmt::format("{} texts as outputs and as references, up to {} KiB: {:g}", texts.size(), kLong >> 10U,
                       all->value());
  }
  static constexpr std::size_t kLong = std::size_t{1} << 18U;

  std::string memory() const {
    const auto metric = make();
    return check_leak([&] {
      metric->reset();
      (void)value_of(metric);
    });
  }

  Config spec_;
  std::int64_t seed_;
  Registry& registry_;
  bool texts_;
  Checks checks_;
};

}  // namespace

std::vector<CheckRow> check_metric(const Config& spec, const CheckOptions& options, const Host& host) {
  return MetricChecks(spec, options, host.registry).run();
}

}  // namespace strata::detail
