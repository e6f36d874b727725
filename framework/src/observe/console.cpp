// Reports for a person: plain lines, or on a terminal one line with a bar that is drawn again and again.
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <ostream>
#include <set>
#include <vector>

#include "report/text.hpp"
#include "strata/observe/observers.hpp"

namespace strata {
namespace {

// 3725 -> "1:02:05"
std::string clock(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "?";
  const auto whole = static_cast<long long>(std::min(seconds, 1e15));
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string short_count(double count) {
  if (count >= 1e6) return fmt::format("{:.1f}M", count / 1e6);
  if (count >= 1e4) return fmt::format("{:.1f}k", count / 1e3);
  return fmt::format("{:.0f}", count);
}

std::string metric_value(const MetricReport& metric) {
  return metric.name == "loss" ? fmt::format("{:.4f}", metric.value) : fmt::format("{:.2f}", metric.value);
}

// A part of the status line; parts of low worth leave first where the line is too narrow.
struct Part {
  std::string text;
  int worth;
};

class Console final : public Observer {
 public:
  Console(std::ostream& out, const ConsoleStyle& style) : out_(out), style_(style) {}
  ~Console() override { clear(); }

  void begin(const RunReport& run) override {
    std::string text = "run " + detail::visible(run.output);
    if (!run.model.empty()) text += " | model " + detail::visible(run.model);
    text += fmt::format(" | parameters {}", run.parameters);
    if (run.trained >= 0 && run.trained != run.parameters) text += fmt::format(" | trained {}", run.trained);
    if (!run.device.empty()) text += " | device " + detail::visible(run.device);
    if (!run.precision.empty()) text += " | precision " + detail::visible(run.precision);
    if (run.start_update > 0) text += fmt::format(" | resumed at update {}", run.start_update);
    if (run.max_updates > 0) text += fmt::format(" | max updates {}", run.max_updates);
    if (run.max_epochs > 0) text += fmt::format(" | max epochs {:g}", run.max_epochs);
    if (run.max_minutes > 0) text += fmt::format(" | max minutes {:g}", run.max_minutes);
    line(text);
  }

  void update(const UpdateReport& report) override {
    if (style_.bar) {
      status_ = bar(report);
      draw();
      return;
    }
    std::string text = fmt::format(
        "epoch {} | update {} | sentences {} | tokens {} | loss {:.4f} | ppl {:.2f} | tokens/s {:.0f} | gnorm {:.3f} | "
        "lr {:.3e} | elapsed {}",
        report.epoch, report.update, report.sentences, report.target_tokens, report.loss, report.perplexity,
        report.tokens_per_second, report.gradient_norm, report.learning_rate, clock(report.elapsed_seconds));
    for (const NamedValue& one : report.values)
      text += fmt::format(" | {} {:.4g}", detail::visible(one.name), one.value);
    if (report.remaining_seconds >= 0) text += " | eta " + clock(report.remaining_seconds);
    line(text);
  }

  void validation(const ValidationReport& report) override {
    std::string text = fmt::format("valid | epoch {} | update {}", report.epoch, report.update);
    for (const MetricReport& metric : report.metrics) {
      text += " | " + detail::visible(metric.name) + " " + metric_value(metric);
      if (metric.improved) text += colour("32", " best");
    }
    line(text + " | elapsed " + clock(report.elapsed_seconds));
    for (std::size_t i = 0; i < report.samples.size(); ++i) sample(i + 1, report.samples[i]);
    for (const MetricReport& metric : report.metrics) {
      if (metric.signature.empty() || !signed_.insert(metric.name).second) continue;
      line("metric " + detail::visible(metric.name) + " is " + metric.signature);
    }
  }

  void message(Severity severity, const std::string& text) override {
    line((severity == Severity::warning ? colour("33", "warning: ") : std::string()) + detail::visible(text));
  }

  void end(const EndReport& report) override {
    status_.clear();
    std::string text = fmt::format("end {} | epoch {} | update {} | elapsed {}", detail::visible(report.reason),
                                   report.epoch, report.update, clock(report.elapsed_seconds));
    if (!report.best.empty()) text += " | best " + detail::visible(report.best);
    line(text);
  }

 private:
  std::string colour(const char* code, const std::string& text) const {
    return style_.colour ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
  }

  void clear() {
    if (drawn_) out_ << "\r\x1b[K" << std::flush;
    drawn_ = false;
  }
  void sample(std::size_t number, const SampleReport& report) {
    std::string text = fmt::format("sample {} | input {}", number, detail::visible(report.input));
    if (!report.reference.empty()) text += " | reference " + detail::visible(report.reference);
    for (std::size_t begin = 0; begin <= report.output.size();) {
      const std::size_t end = std::min(report.output.find('\n', begin), report.output.size());
      text += "\n  " + detail::visible(std::string_view(report.output).substr(begin, end - begin));
      begin = end + 1;
    }
    line(text);
  }
  void draw() {
    if (status_.empty()) return;
    out_ << "\r\x1b[K" << status_ << std::flush;
    drawn_ = true;
  }
  void line(const std::string& text) {
    clear();
    out_ << text << '\n' << std::flush;
    if (style_.bar) draw();
  }

  std::string bar(const UpdateReport& report) const {
    std::vector<Part> parts = {{fmt::format("epoch {}", report.epoch), 3},
                               {fmt::format("update {}", report.update), 6},
                               {fmt::format("loss {:.3f}", report.loss), 7},
                               {fmt::format("ppl {:.2f}", report.perplexity), 2},
                               {fmt::format("{} tokens/s", short_count(report.tokens_per_second)), 5},
                               {fmt::format("lr {:.1e}", report.learning_rate), 1}};
    if (report.remaining_seconds >= 0) parts.push_back({clock(report.remaining_seconds) + " left", 4});
    const bool known = report.progress >= 0 && std::isfinite(report.progress);
    constexpr int kShortest = 10, kLongest = 30;
    const int limit = std::max(10, style_.width - 1);  // a full last column would wrap
    const int head = known ? 5 + kShortest + 1 : 0;    // " 42% " and the bar
    const auto length = [&] {
      int sum = head;
      for (const Part& part : parts) sum += static_cast<int>(part.text.size()) + 2;
      return sum;
    };
    while (length() > limit && parts.size() > 1) {
      parts.erase(
          std::min_element(parts.begin(), parts.end(), [](const Part& a, const Part& b) { return a.worth < b.worth; }));
    }
    std::string text;
    if (known) {
      const double share = std::clamp(report.progress, 0.0, 1.0);
      const int cells = std::clamp(kShortest + limit - length(), 0, kLongest);
      const int full = static_cast<int>(share * cells);
      text = fmt::format("{:3.0f}% ", std::floor(100 * share));
      std::string done, rest;
      for (int i = 0; i < cells; ++i) (i < full ? done : rest) += i < full ? "━" : "┄";
      text += colour("32", done) + rest + " ";
    }
    for (const Part& part : parts) text += (text.empty() ? "" : " ") + part.text + (&part == &parts.back() ? "" : " ");
    return text;
  }

  std::ostream& out_;
  ConsoleStyle style_;
  std::string status_;
  bool drawn_ = false;
  std::set<std::string> signed_;
};

}  // namespace

ConsoleStyle console_style(int descriptor) {
  ConsoleStyle style;
  const char* term = std::getenv("TERM");
  style.bar = isatty(descriptor) == 1 && term != nullptr && std::strcmp(term, "dumb") != 0;
  const char* no_colour = std::getenv("NO_COLOR");
  style.colour = style.bar && (no_colour == nullptr || *no_colour == '\0');
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) style.width = size.ws_col;
  return style;
}

std::shared_ptr<Observer> make_console_observer(std::ostream& out, const ConsoleStyle& style) {
  return std::make_shared<Console>(out, style);
}

}  // namespace strata
