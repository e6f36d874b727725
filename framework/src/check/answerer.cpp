// The checks of what an answerer promises (model/answerer.hpp), with an untrained model.
#include "check/answerer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "check/answerer_model.hpp"
#include "check/checks.hpp"
#include "strata/core/error.hpp"
#include "strata/core/json.hpp"
#include "strata/core/utf8.hpp"
#include "strata/plugin/registry.hpp"

namespace strata::detail {
namespace {

constexpr std::size_t kExamples = 12;
constexpr double kRounding = 1e-3;  // numbers in answers, of batches of other sizes

using Answers = std::vector<std::vector<Answer>>;

// A model without any capability.
class Nothing final : public Model {
 public:
  Loss loss(const TensorBatch&, const LossOptions&) override { return {}; }
};

// Returns true when two values are the same but for the rounding of numbers.
bool close(const Config& a, const Config& b) {
  if (a.is_number() && b.is_number()) {
    return std::abs(a.real() - b.real()) <= kRounding * std::max(1.0, std::abs(b.real()));
  }
  if (a.is_array() && b.is_array()) {
    return std::equal(a.items().begin(), a.items().end(), b.items().begin(), b.items().end(), close);
  }
  if (!a.is_object() || !b.is_object()) return a == b;
  return std::equal(
      a.members().begin(), a.members().end(), b.members().begin(), b.members().end(),
      [](const auto& one, const auto& other) { return one.first == other.first && close(one.second, other.second); });
}

class AnswererChecks {
 public:
  AnswererChecks(const Config& spec, const CheckOptions& options, const Host& host)
      : spec_(spec),
        registry_(host.registry),
        traits_(registry_.traits<Answerer>(spec)),
        found_(find_model(traits_, options, registry_)) {}

  std::vector<CheckRow> run() {
    checks_.property("unfit model", [&] { return unfit_model(); });
    if (found_.facts.model == nullptr) {
      checks_.skip("answers", "no model that can be made without options is a " + traits_.capability +
                                  " (tried: " + found_.name +
                                  "); a plugin with such a model, or --dataset, makes the check possible");
      return checks_.take();
    }
    examples_ = examples_for(found_, make()->fields(), kExamples);
    checks_.property("answers", [&] { return answers(); });
    checks_.property("empty", [&] { return empty(); });
    checks_.property("determinism", [&] { return determinism(); });
    checks_.property("alone", [&] { return alone(); });
    checks_.property("order", [&] { return order(); });
    checks_.property("memory", [&] { return memory(); });
    return checks_.take();
  }

 private:
  std::shared_ptr<Answerer> make() const { return registry_.make<Answerer>(spec_, found_.facts); }

  static Answers answered(Answerer& answerer, std::span<const Example> examples) {
    Answers out;
    answerer.answer(examples, [&](const std::vector<Answer>& answers) { out.push_back(answers); });
    if (out.size() != examples.size()) {
      throw CheckFailed{fmt::format("{} calls for {} examples", out.size(), examples.size())};
    }
    return out;
  }

  static void require_like(const std::vector<Answer>& got, const std::vector<Answer>& expected, std::int64_t example,
                           const std::string& when) {
    if (got.size() != expected.size()) {
      throw CheckFailed{fmt::format("example {}: {} answers, and {} {}", example, expected.size(), got.size(), when)};
    }
    for (std::size_t i = 0; i < got.size(); ++i) {
      if (got[i].text == expected[i].text && close(got[i].json, expected[i].json)) continue;
      throw CheckFailed{fmt::format("example {}: \"{}\" {}, and \"{}\" {}", example, printable(expected[i].text, 60),
                                    write_json(expected[i].json, 0), printable(got[i].text, 60), when)};
    }
  }

  std::string unfit_model() const {
    Nothing nothing;
    if (traits_.fits == nullptr) throw CheckFailed{"Traits::fits is null: no verb would find a model for it"};
    if (traits_.fits(nothing)) throw CheckFailed{"Traits::fits is true for a model without any capability"};
    if (traits_.capability.empty() || traits_.use.empty()) {
      throw CheckFailed{"Traits::capability or Traits::use is empty, which errors name"};
    }
    return "a model without a " + traits_.capability + " is refused";
  }

  std::string answers() const {
    const Answers all = answered(*make(), examples_);
    std::size_t count = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].empty()) throw CheckFailed{fmt::format("example {} has no answer", i)};
      for (const Answer& one : all[i]) {
        ++count;
        if (!one.json.is_object()) throw CheckFailed{fmt::format("example {}: `json` is no object", i)};
        if (utf8_fault(one.text) != std::string_view::npos || utf8_fault(one.line) != std::string_view::npos) {
          throw CheckFailed{fmt::format("example {}: the text is not valid UTF-8", i)};
        }
        if (one.line.find('\n') != std::string::npos) {
          throw CheckFailed{fmt::format("example {}: `line` has a line end", i)};
        }
      }
    }
    return fmt::format("{} answers to {} examples, {}", count, all.size(), found_.name);
  }

  std::string empty() const {
    (void)answered(*make(), {});
    return "no example, no call";
  }

  std::string determinism() const {
    const Answers first = answered(*make(), examples_), again = answered(*make(), examples_);
    for (std::size_t i = 0; i < first.size(); ++i) {
      for (std::size_t k = 0; k < std::min(first[i].size(), again[i].size()); ++k) {
        if (first[i][k].text == again[i][k].text && first[i][k].json == again[i][k].json) continue;
        throw CheckFailed{fmt::format("example {} has another answer when it is asked again", i)};
      }
    }
    return fmt::format("{} examples twice", first.size());
  }

  // By an object that has answered all, one example after the other.
  std::string alone() const {
    const std::shared_ptr<Answerer> used = make();
    const Answers together = answered(*used, examples_);
    for (const Example& one : examples_) {
      const Answers single = answered(*used, {&one, 1});
      require_like(single[0], together[static_cast<std::size_t>(one.index)], one.index, "alone");
    }
    return fmt::format("{} examples alone and together", examples_.size());
  }

  std::string order() const {
    const Answers forward = answered(*make(), examples_);
    const std::vector<Example> backward(examples_.rbegin(), examples_.rend());
    const Answers turned = answered(*make(), backward);
    for (std::size_t i = 0; i < turned.size(); ++i) {
      require_like(turned[i], forward[static_cast<std::size_t>(backward[i].index)], backward[i].index,
                   "in another order");
    }
    return fmt::format("{} examples in two orders", examples_.size());
  }

  std::string memory() const {
    const std::shared_ptr<Answerer> used = make();
    return check_leak([&] { (void)answered(*used, examples_); });
  }

  Config spec_;
  Registry& registry_;
  Answerer::Traits traits_;
  AnswererModel found_;
  std::vector<Example> examples_;
  Checks checks_;
};

}  // namespace

std::vector<CheckRow> check_answerer(const Config& spec, const CheckOptions& options, const Host& host) {
  return AnswererChecks(spec, options, host).run();
}

}  // namespace strata::detail
