// Reports for a program: one JSON object a line.
#include <memory>
#include <string>

#include "observe/append_file.hpp"
#include "report/text.hpp"
#include "strata/observe/observers.hpp"

namespace strata {
namespace {

// One object, built key by key.
class Object {
 public:
  Object() = default;
  explicit Object(const char* event) { text("event", event); }

  Object& text(const char* key, const std::string& value) { return raw(key, detail::json_string(value)); }
  Object& number(const char* key, double value) { return raw(key, detail::json_number(value)); }
  Object& count(const char* key, std::int64_t value) { return raw(key, std::to_string(value)); }
  Object& truth(const char* key, bool value) { return raw(key, value ? "true" : "false"); }
  Object& raw(const char* key, const std::string& json) {
    out_ += (out_.empty() ? "{" : ",") + detail::json_string(key) + ":" + json;
    return *this;
  }
  std::string str() const { return out_ + "}"; }

 private:
  std::string out_;
};

class JsonLines final : public Observer {
 public:
  explicit JsonLines(const std::string& path) : file_(path, /*lines=*/true) {}

  void begin(const RunReport& run) override {
    Object object("begin");
    object.text("output", run.output).text("model", run.model).text("device", run.device);
    object.text("precision", run.precision).count("parameters", run.parameters);
    if (run.trained >= 0) object.count("trained", run.trained);
    object.count("start_update", run.start_update).count("max_updates", run.max_updates);
    object.number("max_epochs", run.max_epochs).number("max_minutes", run.max_minutes);
    write(object.str());
  }

  void update(const UpdateReport& report) override {
    Object object("update");
    object.count("epoch", report.epoch).count("update", report.update).count("sentences", report.sentences);
    object.count("target_tokens", report.target_tokens).number("loss", report.loss);
    object.number("perplexity", report.perplexity).number("tokens_per_second", report.tokens_per_second);
    object.number("gradient_norm", report.gradient_norm).number("learning_rate", report.learning_rate);
    object.number("elapsed_seconds", report.elapsed_seconds);
    if (report.remaining_seconds >= 0) object.number("remaining_seconds", report.remaining_seconds);
    if (report.progress >= 0) object.number("progress", report.progress);
    if (!report.values.empty()) {
      Object values;
      for (const NamedValue& one : report.values) values.number(one.name.c_str(), one.value);
      object.raw("values", values.str());
    }
    write(object.str());
  }

  void validation(const ValidationReport& report) override {
    std::string metrics;
    for (const MetricReport& metric : report.metrics) {
      Object object;
      object.text("name", metric.name).number("value", metric.value).number("best", metric.best);
      object.truth("improved", metric.improved);
      if (!metric.signature.empty()) object.text("signature", metric.signature);
      metrics += (metrics.empty() ? "" : ",") + object.str();
    }
    Object object("validation");
    object.count("epoch", report.epoch).count("update", report.update);
    object.number("elapsed_seconds", report.elapsed_seconds).number("seconds", report.seconds);
    object.raw("metrics", "[" + metrics + "]");
    if (!report.samples.empty()) {
      std::string samples;
      for (const SampleReport& sample : report.samples) {
        Object one;
        one.text("input", sample.input).text("output", sample.output);
        if (!sample.reference.empty()) one.text("reference", sample.reference);
        samples += (samples.empty() ? "" : ",") + one.str();
      }
      object.raw("samples", "[" + samples + "]");
    }
    write(object.str());
  }

  void message(Severity severity, const std::string& text) override {
    write(Object("message")
              .text("severity", severity == Severity::warning ? "warning" : "info")
              .text("text", text)
              .str());
  }

  void end(const EndReport& report) override {
    Object object("end");
    object.text("reason", report.reason).count("epoch", report.epoch).count("update", report.update);
    write(object.number("elapsed_seconds", report.elapsed_seconds).text("best", report.best).str());
  }

 private:
  void write(const std::string& line) { file_.append(line + "\n"); }

  detail::AppendFile file_;
};

}  // namespace

std::shared_ptr<Observer> make_json_lines_observer(const std::string& path) {
  return std::make_shared<JsonLines>(path);
}

}  // namespace strata
