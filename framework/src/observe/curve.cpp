// Keeps what a learning curve needs and draws it at every validation.
#include <algorithm>
#include <filesystem>
#include <utility>

#include "strata/core/file.hpp"
#include "strata/observe/observers.hpp"
#include "strata/report/curve.hpp"

namespace strata {
namespace {

class LearningCurve final : public Observer {
 public:
  explicit LearningCurve(std::string path) : path_(std::move(path)) {
    plot_.title = "Learning curve";
    plot_.x_label = "update";
    plot_.left_label = "loss (nats a token)";
    plot_.right_label = "score";
    plot_.lines.push_back({"train loss", {}, false});
  }

  // Drawn empty before any work, as a place that cannot be written is better known now. What was drawn before a run
  // stopped stays: a run that goes on draws its part beside it.
  void begin(const RunReport& run) override {
    if (run.start_update == 0) return draw();
    const std::filesystem::path path(path_);
    const std::string name = path.stem().string() + "-from-" + std::to_string(run.start_update);
    path_ = (path.parent_path() / (name + path.extension().string())).string();
  }

  void update(const UpdateReport& report) override {
    plot_.lines[0].points.emplace_back(static_cast<double>(report.update), report.loss);
  }

  void validation(const ValidationReport& report) override {
    for (const MetricReport& metric : report.metrics) {
      if (metric.name == "perplexity") continue;  // the loss on a scale of its own
      const std::string name = "valid " + metric.name;
      auto line =
          std::find_if(plot_.lines.begin(), plot_.lines.end(), [&](const CurveLine& l) { return l.name == name; });
      if (line == plot_.lines.end()) line = plot_.lines.insert(line, {name, {}, metric.name != "loss"});
      line->points.emplace_back(static_cast<double>(report.update), metric.value);
    }
    draw();
  }

  void end(const EndReport&) override {
    if (any_point()) draw();
  }

 private:
  bool any_point() const {
    return std::any_of(plot_.lines.begin(), plot_.lines.end(), [](const CurveLine& l) { return !l.points.empty(); });
  }
  void draw() const { write_file(path_, curve_svg(plot_)); }

  std::string path_;
  CurvePlot plot_;
};

}  // namespace

std::shared_ptr<Observer> make_curve_observer(const std::string& path) { return std::make_shared<LearningCurve>(path); }

}  // namespace strata
