// The parent's side: processes one after the other, each from the check behind the one that the last of them broke at.
#include "strata/check/apart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "check/apart_words.hpp"
#include "check/checks.hpp"
#include "plugin/child.hpp"
#include "strata/core/error.hpp"
#include "strata/core/interrupt.hpp"

namespace strata {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLook{50};  // between two looks for a request to stop
constexpr const char* kSpoiled = "wrote to the descriptor on which results are told";

class ApartChecks {
 public:
  explicit ApartChecks(detail::CheckJob job) : job_(std::move(job)) { job_.scratch = scratch_.path(); }

  std::vector<CheckRow> run() {
    while (run_process()) {
    }
    return std::move(rows_);
  }

 private:
  // False when there is nothing left to run.
  bool run_process() {
    running_.clear();
    said_ = false;
    all_done_ = false;
    spoiled_ = false;
    detail::Child child(detail::tool_file("strata-check"), {detail::text_of(job_)}, detail::Child::Output::errors);
    std::string words;
    bool alive = true, in_time = true;
    auto until = deadline();
    while (alive && in_time) {
      if (interrupted() != 0) stop(child);
      alive = child.listen(words, std::min(until, Clock::now() + kLook));
      if (take_lines(words)) {
        until = deadline();
      } else if (alive) {
        in_time = Clock::now() < until;
      }
    }
    const std::optional<int> status = child.end();
    if (error_) throw *error_;
    if (all_done_ && status && *status == 0 && !spoiled_) return false;
    fail(spoiled_            ? kSpoiled
         : in_time && status ? detail::ending_text(*status)
                             : fmt::format("did not end within {:g} s (--limit)", job_.apart.seconds));
    if (!in_time) {
      rows_.push_back({"the rest", CheckRow::Verdict::skipped, "left out after a check that did not end"});
      return false;
    }
    // A process that broke before or after its checks would do so again.
    return !running_.empty() && !all_done_;
  }

  // The process has ended before its folder is removed.
  [[noreturn]] void stop(detail::Child& child) const {
    child.end();
    throw Error(
        "E_STOPPED", job_.component,
        running_.empty() ? "stopped on request" : "stopped on request, while the check \"" + running_ + "\" ran");
  }

  // Loading plugins takes its time on a busy machine, whatever a check may take.
  Clock::time_point deadline() const {
    constexpr double kBeginning = 60;
    const double seconds = said_ ? job_.apart.seconds : std::max(job_.apart.seconds, kBeginning);
    return Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  }

  // Takes whole lines off `words`; whether there was a word among them.
  bool take_lines(std::string& words) {
    bool any = false;
    for (std::size_t end = 0; (end = words.find('\n')) != std::string::npos;) {
      const std::string line = words.substr(0, end);
      words.erase(0, end + 1);
      try {
        take(detail::check_word_of(line));
        any = true;
      } catch (const Error&) {
        spoiled_ = true;
      }
    }
    return any;
  }

  void take(detail::CheckWord word) {
    said_ = true;
    if (!word.begins.empty()) {
      running_ = word.begins;
      job_.done.push_back(running_);
    }
    if (word.row) {
      if (word.row->property == running_) running_.clear();
      if (spoiled_) word.row = CheckRow{word.row->property, CheckRow::Verdict::failed, std::string("it ") + kSpoiled};
      spoiled_ = false;
      rows_.push_back(std::move(*word.row));
    }
    if (word.error) error_ = std::move(word.error);
    all_done_ = all_done_ || word.done;
  }

  // The check that was running, or what came before the first or after the last of them.
  void fail(const std::string& how) {
    const std::string outside = all_done_ ? "the end" : said_ ? "between checks" : "the beginning";
    rows_.push_back({running_.empty() ? outside : running_, CheckRow::Verdict::failed, "it " + how});
  }

  const detail::Scratch scratch_;
  detail::CheckJob job_;
  std::vector<CheckRow> rows_;
  std::string running_;
  bool said_ = false, all_done_ = false;
  bool spoiled_ = false;  // something else than a word came since the last row
  std::optional<Error> error_;
};

}  // namespace

std::vector<CheckRow> check_apart(const std::string& file, const std::string& component, const Config& spec,
                                  const CheckOptions& options, const ApartOptions& apart) {
  return ApartChecks({file, component, spec, options, apart, {}, {}}).run();
}

}  // namespace strata
