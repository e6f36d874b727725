// evaluate_choices: the choices of many questions are scored together.
#include "strata/run/evaluate_choices.hpp"

#include <algorithm>
#include <cmath>

#include "run/choice_lines.hpp"
#include "strata/core/error.hpp"

namespace strata {
namespace {

constexpr const char* kPlace = "eval --choices";
constexpr std::size_t kQuestions = 256;  // that are scored together

std::string without_trailing_space(const std::string& text) {
  const std::size_t end = text.find_last_not_of(" \t\n\v\f\r");
  return text.substr(0, end == std::string::npos ? 0 : end + 1);
}

class Examination {
 public:
  Examination(const LoadedModel& loaded, const EvaluateChoicesOptions& options)
      : options_(options), scorer_(*loaded.model, loaded.feed, loaded.tokenizers, options.batch, kPlace) {
    report_.context = scorer_.context();
  }

  void add(detail::Question question) {
    std::int64_t dropped = 0;
    for (const std::string& choice : question.choices) {
      GivenTokens one = given(question, choice);
      if (options_.policy == ContextPolicy::drop_oldest) dropped = std::max(dropped, drop_oldest(one));
      scorer_.require_fits(one, question.place, "a shorter prompt, or --context-policy drop_oldest");
      given_.push_back(std::move(one));
    }
    if (dropped > 0) report_.dropped.add(dropped);
    questions_.push_back(std::move(question));
    if (questions_.size() == kQuestions) answer();
  }

  void answer() {
    const std::vector<std::vector<double>> found = scorer_.score(given_);
    std::size_t at = 0;
    for (const detail::Question& question : questions_) {
      std::vector<double> sums, by_bytes, by_tokens;
      for (const std::string& choice : question.choices) {
        double sum = 0;
        for (const double one : found[at]) sum += one;
        sums.push_back(sum);
        by_bytes.push_back(sum / static_cast<double>(choice.size()));
        by_tokens.push_back(sum / static_cast<double>(found[at].size()));
        ++at;
      }
      const auto right = [&](const std::vector<double>& scores) {
        const auto best = std::max_element(scores.begin(), scores.end()) - scores.begin();
        return static_cast<std::size_t>(best) == question.answer ? 1 : 0;
      };
      report_.right += right(sums);
      report_.right_by_bytes += right(by_bytes);
      report_.right_by_tokens += right(by_tokens);
      chances_ += 1 / static_cast<double>(question.choices.size());
      report_.choices += static_cast<std::int64_t>(question.choices.size());
      ++report_.questions;
    }
    questions_.clear();
    given_.clear();
  }

  ChoicesReport report() const {
    ChoicesReport report = report_;
    report.chance = chances_ / static_cast<double>(report.questions);
    return report;
  }

 private:
  GivenTokens given(const detail::Question& question, const std::string& choice) const {
    if (scorer_.translates()) return scorer_.encode(question.prompt, choice);
    GivenTokens whole = scorer_.encode(question.prompt + choice);
    const std::size_t prompt = scorer_.encode(without_trailing_space(question.prompt)).ids.size();
    if (whole.ids.size() <= prompt) {
      throw Error("E_DATA_FIELD", question.place,
                  "field \"choices\": \"" + printable(choice, 60) + "\" adds no token to the " +
                      std::to_string(prompt) + " of the prompt");
    }
    const auto end = whole.ids.begin() + static_cast<std::ptrdiff_t>(prompt);
    whole.before.insert(whole.before.end(), whole.ids.begin(), end);
    whole.ids.erase(whole.ids.begin(), end);
    if (whole.before.empty()) whole.before = scorer_.opening(question.place);
    return whole;
  }

  // Leaves out the tokens of a prompt that do not fit, and returns how many those are.
  std::int64_t drop_oldest(GivenTokens& one) const {
    if (scorer_.context() == 0 || scorer_.translates()) return 0;
    const auto before = static_cast<std::int64_t>(one.before.size()), ids = static_cast<std::int64_t>(one.ids.size());
    const std::int64_t more = std::clamp<std::int64_t>(before + ids - 1 - scorer_.context(), 0, before - 1);
    one.before.erase(one.before.begin(), one.before.begin() + more);
    return more;
  }

  const EvaluateChoicesOptions& options_;
  TokenScorer scorer_;
  std::vector<detail::Question> questions_;  // not yet answered
  std::vector<GivenTokens> given_;           // of all their choices
  ChoicesReport report_;
  double chances_ = 0;
};

double share(std::int64_t part, std::int64_t whole) { return static_cast<double>(part) / static_cast<double>(whole); }

}  // namespace

double ChoicesReport::acc() const { return share(right, questions); }
double ChoicesReport::acc_norm() const { return share(right_by_bytes, questions); }
double ChoicesReport::acc_norm_tokens() const { return share(right_by_tokens, questions); }
double ChoicesReport::acc_stderr() const {
  return questions > 1 ? std::sqrt(acc() * (1 - acc()) / static_cast<double>(questions - 1)) : 0;
}

ChoicesReport evaluate_choices(const LoadedModel& loaded, const EvaluateChoicesOptions& options) {
  Examination examination(loaded, options);
  detail::ChoiceLines lines(options.file);
  detail::Question question;
  bool any = false;
  while (lines.next(question)) {
    examination.add(std::move(question));
    any = true;
  }
  if (!any) throw Error("E_DATA_EMPTY", options.file, "it has no question");
  examination.answer();
  return examination.report();
}

Config to_config(const ChoicesReport& report) {
  return Config::object({{"acc", report.acc()},
                         {"acc_norm", report.acc_norm()},
                         {"acc_norm_tokens", report.acc_norm_tokens()},
                         {"acc_stderr", report.acc_stderr()},
                         {"chance", report.chance},
                         {"questions", report.questions},
                         {"choices", report.choices},
                         {"dropped_tokens", report.dropped.tokens},
                         {"dropped_prompts", report.dropped.texts}});
}

}  // namespace strata
