// What a sampler promises (decode/sampler.hpp).
#include "check/sampler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "strata/core/rng.hpp"
#include "strata/decode/sampler.hpp"
#include "strata/plugin/registry.hpp"

namespace strata::detail {
namespace {

constexpr std::int64_t kVocabulary = 211;
constexpr std::size_t kRows = 200;

struct Row {
  std::vector<float> logits;
  std::vector<std::int32_t> prompt, ids;
};

class SamplerChecks {
 public:
  SamplerChecks(const Config& spec, const CheckOptions& options, Registry& registry)
      : spec_(spec), seed_(options.seed), registry_(registry), rows_(rows()) {}

  std::vector<CheckRow> run() {
    checks_.property("distribution", [&] { return distribution(); });
    checks_.property("tokens stay", [&] { return tokens_stay(); });
    checks_.property("excluded", [&] { return excluded(); });
    checks_.property("row alone", [&] { return row_alone(); });
    checks_.property("determinism", [&] { return determinism(); });
    checks_.property("memory", [&] { return memory(); });
    checks_.measure("share", [&] { return share(); });
    return checks_.take();
  }

 private:
  std::shared_ptr<Sampler> make() const { return registry_.make<Sampler>(spec_, {kVocabulary}); }

  // Normal logits of several widths; equal ones, a single token that is left, very large and very small ones; rows with
  // nothing written yet and with tokens that occur more than once.
  std::vector<Row> rows() const {
    Rng random(static_cast<std::uint64_t>(seed_), "check/sampler");
    std::vector<Row> all(kRows);
    for (std::size_t i = 0; i < kRows; ++i) {
      Row& row = all[i];
      const double width = std::pow(10.0, static_cast<double>(i % 5) - 1);  // 0.1 to 1,000
      for (std::int64_t v = 0; v < kVocabulary; ++v) {
        const double z = width * random.normal();
        row.logits.push_back(static_cast<float>(i % 7 == 0 ? std::round(z) : z));
        if (random.below(8) == 0) row.logits.back() = -INFINITY;
      }
      if (i % 11 == 0) std::fill(row.logits.begin(), row.logits.end(), static_cast<float>(i % 2));
      if (i % 13 == 0) std::fill(row.logits.begin(), row.logits.end(), -INFINITY);
      row.logits[random.below(kVocabulary)] = static_cast<float>(width);
      for (std::uint64_t n = i % 3 == 0 ? 0 : random.below(30); n > 0; --n) {
        row.ids.push_back(static_cast<std::int32_t>(random.below(kVocabulary)));
        if (i % 2 == 0) row.prompt.push_back(static_cast<std::int32_t>(random.below(20)));
      }
    }
    return all;
  }
  static std::vector<float> applied(const Sampler& sampler, const Row& row) {
    std::vector<float> logits = row.logits;
    sampler.apply(logits, {row.prompt, row.ids});
    return logits;
  }
  static bool same(const std::vector<float>& a, const std::vector<float>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](float x, float y) {
      return std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y);
    });
  }
  static std::size_t left(const std::vector<float>& logits) {
    return static_cast<std::size_t>(std::count_if(logits.begin(), logits.end(), [](float z) { return z > -INFINITY; }));
  }

  std::string distribution() const {
    const auto sampler = make();
    double worst = 0;
    for (std::size_t i = 0; i < kRows; ++i) {
      const std::vector<float> logits = applied(*sampler, rows_[i]);
      double highest = -INFINITY, total = 0, sum = 0;
      for (std::size_t v = 0; v < logits.size(); ++v) {
        if (std::isnan(logits[v]) || logits[v] == INFINITY) {
          throw CheckFailed{fmt::format("row {}: the logit of token {} becomes {}", i, v, logits[v])};
        }
        highest = std::max(highest, static_cast<double>(logits[v]));
      }
      if (highest == -INFINITY) continue;  // "tokens stay" says so
      for (const float z : logits) total += std::exp(z - highest);
      for (const float z : logits) sum += std::exp(z - highest) / total;
      if (!(std::abs(sum - 1) < 1e-12)) {
        throw CheckFailed{fmt::format("row {}: the probabilities sum to {:.17g}", i, sum)};
      }
      worst = std::max(worst, std::abs(sum - 1));
    }
    return fmt::format("{} rows of {} tokens sum to 1, largest difference {:.1e}; seed {}", kRows, kVocabulary, worst,
                       seed_);
  }

  std::string tokens_stay() const {
    const auto sampler = make();
    std::size_t fewest = kVocabulary;
    for (std::size_t i = 0; i < kRows; ++i) {
      const std::size_t stay = left(applied(*sampler, rows_[i]));
      if (stay == 0) throw CheckFailed{fmt::format("row {}: none of {} tokens stays", i, left(rows_[i].logits))};
      fewest = std::min(fewest, stay);
    }
    return fmt::format("at least {} in {} rows; seed {}", fewest, kRows, seed_);
  }

  std::string excluded() const {
    const auto sampler = make();
    for (std::size_t i = 0; i < kRows; ++i) {
      const std::vector<float> logits = applied(*sampler, rows_[i]);
      for (std::size_t v = 0; v < logits.size(); ++v) {
        if (rows_[i].logits[v] > -INFINITY || logits[v] == -INFINITY) continue;
        throw CheckFailed{fmt::format("row {}: token {} was excluded and gets the logit {}", i, v, logits[v])};
      }
    }
    return fmt::format("no token of {} rows comes back; seed {}", kRows, seed_);
  }

  // An object that has seen all rows, in another order, and one that sees a row first of all.
  std::string row_alone() const {
    const auto used = make();
    std::vector<std::size_t> order(kRows);
    for (std::size_t i = 0; i < kRows; ++i) order[i] = i;
    Rng(static_cast<std::uint64_t>(seed_), "check/order").shuffle(order);
    for (const std::size_t i : order) {
      if (same(applied(*used, rows_[i]), applied(*make(), rows_[i]))) continue;
      throw CheckFailed{fmt::format("row {} has another result when other rows were processed before it", i)};
    }
    return fmt::format("{} rows, to the bit, among others and alone; seed {}", kRows, seed_);
  }

  std::string determinism() const {
    const auto sampler = make();
    for (std::size_t i = 0; i < kRows; ++i) {
      const std::vector<float> first = applied(*sampler, rows_[i]);
      if (same(applied(*sampler, rows_[i]), first)) continue;
      throw CheckFailed{fmt::format("row {} has another result when the same call comes again", i)};
    }
    return fmt::format("{} rows twice, to the bit; seed {}", kRows, seed_);
  }

  std::string memory() const {
    const auto sampler = make();
    return check_leak([&] {
      for (const Row& row : rows_) applied(*sampler, row);
    });
  }

  std::string share() const {
    const auto sampler = make();
    double stay = 0, all = 0;
    for (const Row& row : rows_) {
      stay += static_cast<double>(left(applied(*sampler, row)));
      all += static_cast<double>(left(row.logits));
    }
    return fmt::format("{:.1f} % of the tokens stay", 100 * stay / all);
  }

  Config spec_;
  std::int64_t seed_;
  Registry& registry_;
  std::vector<Row> rows_;
  Checks checks_;
};

}  // namespace

std::vector<CheckRow> check_sampler(const Config& spec, const CheckOptions& options, const Host& host) {
  return SamplerChecks(spec, options, host.registry).run();
}

}  // namespace strata::detail
