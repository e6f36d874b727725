// BLEU from additive statistics; the arithmetic follows the reference scorer step by step, so that it agrees to the
// last digit.
#include "strata/score/bleu.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "score/ngrams.hpp"
#include "score/signature.hpp"
#include "strata/core/error.hpp"

namespace strata {
namespace {

constexpr std::size_t kOrders = 4;

double smooth_value(const BleuOptions& options) {
  if (options.smooth_value >= 0) return options.smooth_value;
  return options.smooth == BleuSmooth::floor ? 0.1 : 1.0;
}

std::string smooth_name(const BleuOptions& options) {
  switch (options.smooth) {
    case BleuSmooth::none: return "none";
    case BleuSmooth::floor: return fmt::format("floor[{:.2f}]", smooth_value(options));
    case BleuSmooth::add_k: return fmt::format("add-k[{:.2f}]", smooth_value(options));
    case BleuSmooth::exp: break;
  }
  return "exp";
}

std::int64_t closest(std::int64_t length, const std::vector<std::u32string>& references) {
  std::int64_t best = -1;
  for (const std::u32string& reference : references) {
    const auto candidate = static_cast<std::int64_t>(reference.size());
    const std::int64_t gain = std::abs(length - best) - std::abs(length - candidate);
    if (best < 0 || gain > 0 || (gain == 0 && candidate < best)) best = candidate;
  }
  return best;
}

}  // namespace

std::string BleuScore::details() const {
  const double ratio =
      reference_length > 0 ? static_cast<double>(hypothesis_length) / static_cast<double>(reference_length) : 0.0;
  std::string each;
  for (const double precision : precisions) each += fmt::format("{}{:.1f}", each.empty() ? "" : "/", precision);
  return fmt::format("{} (BP = {:.3f} ratio = {:.3f} hyp_len = {} ref_len = {})", each, brevity_penalty, ratio,
                     hypothesis_length, reference_length);
}

Bleu::Bleu(BleuOptions options) : options_(options), statistics_(2 + 2 * kOrders, 0) {}

void Bleu::reset() { *this = Bleu(options_); }

void Bleu::add(std::string_view hypothesis, std::string_view reference) {
  add(hypothesis, std::vector<std::string>{std::string(reference)});
}

void Bleu::add(std::string_view hypothesis, const std::vector<std::string>& references) {
  if (references.empty()) throw Error("E_USAGE_REFERENCES", "bleu", "a line has no reference", "give at least one");
  detail::WordNumbers number;
  const std::u32string words = number(bleu_tokens(hypothesis, options_.tokenize, options_.lowercase));
  std::vector<std::u32string> reference_words;
  for (const std::string& reference : references) {
    reference_words.push_back(number(bleu_tokens(reference, options_.tokenize, options_.lowercase)));
  }

  references_ = detail::reference_count(references_, references.size());
  const auto length = static_cast<std::int64_t>(words.size());
  statistics_[0] += length;
  statistics_[1] += closest(length, reference_words);
  for (std::size_t n = 1; n <= kOrders; ++n) {
    detail::NgramCounts allowed = detail::count_ngrams(reference_words[0], n);
    for (std::size_t r = 1; r < reference_words.size(); ++r) {
      allowed = detail::union_of(allowed, detail::count_ngrams(reference_words[r], n));
    }
    statistics_[1 + n] += detail::matches(detail::count_ngrams(words, n), allowed);
    statistics_[1 + kOrders + n] += std::max<std::int64_t>(0, length - static_cast<std::int64_t>(n) + 1);
  }
}

BleuScore Bleu::score() const {
  BleuScore result;
  result.hypothesis_length = statistics_[0];
  result.reference_length = statistics_[1];
  result.precisions.assign(kOrders, 0.0);
  const auto length = static_cast<double>(statistics_[0]), reference_length = static_cast<double>(statistics_[1]);
  result.brevity_penalty = length >= reference_length ? 1.0
                           : length > 0               ? std::exp(1 - reference_length / length)
                                                      : 0.0;

  const auto first = statistics_.begin() + 2;
  if (std::all_of(first, first + kOrders, [](std::int64_t hits) { return hits == 0; })) return result;

  double halving = 1;
  std::size_t order = kOrders;
  for (std::size_t n = 0; n < kOrders; ++n) {
    auto hits = static_cast<double>(statistics_[2 + n]), total = static_cast<double>(statistics_[2 + kOrders + n]);
    if (options_.smooth == BleuSmooth::add_k && n > 0) {
      hits += smooth_value(options_);
      total += smooth_value(options_);
    }
    if (total == 0) break;
    if (options_.effective_order) order = n + 1;
    if (hits > 0) {
      result.precisions[n] = 100. * hits / total;
    } else if (options_.smooth == BleuSmooth::exp) {
      halving *= 2;
      result.precisions[n] = 100. / (halving * total);
    } else if (options_.smooth == BleuSmooth::floor) {
      result.precisions[n] = 100. * smooth_value(options_) / total;
    }
  }

  // score = BP exp(mean_n log p_n); the logarithm of zero is a large negative number, as in the reference scorer.
  double logs = 0;
  for (std::size_t n = 0; n < order; ++n) {
    logs += result.precisions[n] == 0 ? -9999999999.0 : std::log(result.precisions[n]);
  }
  result.score = result.brevity_penalty * std::exp(logs / static_cast<double>(order));
  return result;
}

std::string Bleu::signature() const {
  return fmt::format("nrefs:{}|case:{}|eff:{}|tok:{}|smooth:{}|version:{}", detail::reference_field(references_),
                     options_.lowercase ? "lc" : "mixed", options_.effective_order ? "yes" : "no",
                     name_of(options_.tokenize), smooth_name(options_), detail::kScorerVersion);
}

void Bleu::add_statistics(const std::vector<std::int64_t>& other) {
  detail::add_statistics("bleu", statistics_, other);
  if (references_ == 0) references_ = 1;
}

Bleu corpus_bleu(const std::vector<std::string>& hypotheses, const std::vector<std::vector<std::string>>& references,
                 const BleuOptions& options) {
  Bleu bleu(options);
  detail::for_each_line(
      "bleu", hypotheses, references,
      [&](const std::string& hypothesis, const std::vector<std::string>& of_line) { bleu.add(hypothesis, of_line); });
  return bleu;
}

}  // namespace strata
