// Draws the learning curve at every validation, and keeps its points in a file, so that a resumed run goes on with it.
#include <algorithm>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "observe/append_file.hpp"
#include "report/text.hpp"
#include "strata/core/error.hpp"
#include "strata/core/file.hpp"
#include "strata/core/json.hpp"
#include "strata/core/log.hpp"
#include "strata/observe/observers.hpp"
#include "strata/report/curve.hpp"

namespace strata {
namespace {

constexpr std::string_view kTrainLoss = "train loss";

std::string points_file(const std::string& picture) {
  return std::filesystem::path(picture).replace_extension(".jsonl").string();
}

class LearningCurve final : public Observer {
 public:
  explicit LearningCurve(const std::string& path) : path_(path), points_path_(points_file(path)) {
    plot_.title = "Learning curve";
    plot_.x_label = "update";
    plot_.left_label = "loss (nats a token)";
    plot_.right_label = "score";
  }

  // Drawn before any work, as a place that cannot be written is better known now. Updates after the checkpoint from
  // which the run goes on are made again, so that their points are left out.
  void begin(const RunReport& run) override {
    plot_.lines = {{std::string(kTrainLoss), {}, false}};
    file_.reset();
    unwritten_.clear();
    if (run.start_update > 0) read_points(run.start_update);
    write_file(points_path_, all_points());
    draw();
  }

  void update(const UpdateReport& report) override {
    std::vector<Value> values{{std::string(kTrainLoss), report.loss}};
    for (const NamedValue& one : report.values) values.emplace_back("train " + one.name, one.value);
    for (const auto& [name, value] : values) add(report.update, name, value);
    unwritten_ += record(report.update, values);
    write_points();
  }

  void validation(const ValidationReport& report) override {
    std::vector<Value> values;
    for (const MetricReport& metric : report.metrics) {
      if (metric.name == "perplexity") continue;  // the loss on a scale of its own
      values.emplace_back("valid " + metric.name, metric.value);
      add(report.update, values.back().first, metric.value);
    }
    if (!values.empty()) unwritten_ += record(report.update, values);
    write_points();
    draw();
  }

  void end(const EndReport&) override {
    if (any_point()) draw();
  }

 private:
  using Value = std::pair<std::string, double>;  // name of a line, and where it is at an update

  // Takes the place of what the line has at this update: a run that goes on may validate once more where it stopped.
  void add(std::int64_t update, std::string_view name, double value) {
    auto line =
        std::find_if(plot_.lines.begin(), plot_.lines.end(), [&](const CurveLine& l) { return l.name == name; });
    if (line == plot_.lines.end()) {
      const bool loss = name.starts_with(kTrainLoss) || name == "valid loss";
      line = plot_.lines.insert(line, {std::string(name), {}, !loss});
    }
    const auto x = static_cast<double>(update);
    while (!line->points.empty() && line->points.back().first >= x) line->points.pop_back();
    line->points.emplace_back(x, value);
  }

  // {"update":200,"train loss":3.21}
  static std::string record(std::int64_t update, const std::vector<Value>& values) {
    std::string text = "{\"update\":" + std::to_string(update);
    for (const auto& [name, value] : values) text += "," + detail::json_string(name) + ":" + detail::json_number(value);
    return text + "}\n";
  }

  std::string all_points() const {
    std::map<std::int64_t, std::vector<Value>> values;
    for (const CurveLine& line : plot_.lines) {
      for (const auto& [x, y] : line.points) values[static_cast<std::int64_t>(x)].emplace_back(line.name, y);
    }
    std::string text;
    for (const auto& [update, of_update] : values) text += record(update, of_update);
    return text;
  }

  // Takes the points of updates up to `last`. A kill may leave half a line, which is left out.
  void read_points(std::int64_t last) {
    std::error_code fault;
    if (!std::filesystem::exists(points_path_, fault) && !fault) return;
    const std::string text = read_file(points_path_);
    std::int64_t strange = 0;
    for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
      try {
        read_record(text.substr(at, end - at), last);
      } catch (const Error&) {
        ++strange;
      }
    }
    if (strange == 0) return;
    log_warning(points_path_ + ": " + std::to_string(strange) +
                (strange == 1 ? " line is no point of a learning curve, and is"
                              : " lines are no points of a learning curve, and are") +
                " left out");
  }

  void read_record(const std::string& text, std::int64_t last) {
    const Config record = parse_json(text, points_path_);
    const std::int64_t update = record.at("update").integer();
    std::vector<Value> values;
    for (const auto& [name, value] : record.members()) {
      if (name == "update") continue;
      values.emplace_back(name, value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.real());
    }
    if (update > last) return;
    for (const auto& [name, value] : values) add(update, name, value);
  }

  // What could not be written is kept, as the disk may have room again.
  void write_points() {
    if (!file_) file_.emplace(points_path_, /*lines=*/true);
    file_->append(unwritten_);
    unwritten_.clear();
  }

  bool any_point() const {
    return std::any_of(plot_.lines.begin(), plot_.lines.end(), [](const CurveLine& l) { return !l.points.empty(); });
  }
  void draw() const { write_file(path_, curve_svg(plot_)); }

  std::string path_, points_path_;
  std::optional<detail::AppendFile> file_;
  std::string unwritten_;
  CurvePlot plot_;
};

}  // namespace

std::shared_ptr<Observer> make_curve_observer(const std::string& path) { return std::make_shared<LearningCurve>(path); }

}  // namespace strata
