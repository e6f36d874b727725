// Observers: the lines, objects, records and pictures that a small run leaves.
#include "strata/train/observer.hpp"

#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "framework/report/xml_check.hpp"
#include "strata/core/error.hpp"
#include "strata/observe/observers.hpp"

namespace {

strata::UpdateReport update_report() {
  strata::UpdateReport report;
  report.epoch = 1;
  report.update = 200;
  report.sentences = 12800;
  report.target_tokens = 192000;
  report.loss = 3.21;
  report.perplexity = 24.78;
  report.tokens_per_second = 10512;
  report.gradient_norm = 1.25;
  report.learning_rate = 1e-3;
  report.elapsed_seconds = 31;
  report.remaining_seconds = 3912;
  report.progress = 0.5;
  return report;
}

strata::ValidationReport validation_report() {
  strata::ValidationReport report;
  report.epoch = 1;
  report.update = 200;
  report.elapsed_seconds = 35.5;
  report.seconds = 4.5;
  report.metrics = {{"bleu", 31.519, 31.519, true, "nrefs:1|tok:13a"}, {"loss", NAN, 2.5, false, ""}};
  return report;
}

void run(strata::Observer& observer) {
  strata::RunReport begin;
  begin.output = "runs/a";
  begin.parameters = 42;
  begin.trained = 30;
  begin.max_updates = 400;
  observer.begin(begin);
  observer.update(update_report());
  observer.validation(validation_report());
  observer.message(strata::Severity::warning, "odd \"line\"\n\x1b[31m");
  observer.end({"max_updates", 1, 400, 62, "runs/a/checkpoint-200"});
}

struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "strata-observer-XXXXXX").string();
    BOOST_REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string operator/(const char* name) const { return (path / name).string(); }
};

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// CRC-32C bit by bit, as its definition reads.
std::uint32_t crc32c(const std::string& bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? (crc >> 1U) ^ 0x82F63B78U : crc >> 1U;
  }
  return ~crc;
}

template <class Number>
Number read(const std::string& bytes, std::size_t at) {
  Number value;
  BOOST_REQUIRE(at + sizeof value <= bytes.size());
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(observer)

BOOST_AUTO_TEST_CASE(plain_lines) {
  std::ostringstream out;
  run(*strata::make_console_observer(out, {}));
  BOOST_TEST(out.str() ==
             "run runs/a | parameters 42 | trained 30 | max updates 400\n"
             "epoch 1 | update 200 | sentences 12800 | tokens 192000 | loss 3.2100 | ppl 24.78 | tokens/s 10512 | "
             "gnorm 1.250 | lr 1.000e-03 | elapsed 0:00:31 | eta 1:05:12\n"
             "valid | epoch 1 | update 200 | bleu 31.52 best | loss nan | elapsed 0:00:35\n"
             "metric bleu is nrefs:1|tok:13a\n"
             "warning: odd \"line\"\\x0a\\x1b[31m\n"
             "end max_updates | epoch 1 | update 400 | elapsed 0:01:02 | best runs/a/checkpoint-200\n");
}

BOOST_AUTO_TEST_CASE(bar_keeps_its_width) {
  for (const int width : {20, 40, 60, 80, 100, 200}) {
    std::ostringstream out;
    const auto console = strata::make_console_observer(out, {true, false, width});
    console->update(update_report());
    const std::string text = out.str();
    BOOST_REQUIRE(text.substr(0, 4) == "\r\x1b[K");
    int columns = 0;
    for (std::size_t i = 4; i < text.size(); ++i)
      columns += (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U ? 1 : 0;
    BOOST_TEST(columns < width, text.substr(4));
    BOOST_TEST(text.find('\n') == std::string::npos);
    BOOST_TEST(text.find("loss 3.210") != std::string::npos);
    if (width >= 80) BOOST_TEST(std::abs(xml::count(text, "━") - xml::count(text, "┄")) <= 1, text);  // half done
    // A line goes above the bar, which is drawn again below it.
    console->message(strata::Severity::info, "hello");
    BOOST_TEST(out.str() == text + "\r\x1b[Khello\n" + text);
  }
}

BOOST_AUTO_TEST_CASE(style_without_a_terminal) {
  const Folder folder;
  std::FILE* file = std::fopen((folder / "f").c_str(), "w");
  BOOST_REQUIRE(file);
  const strata::ConsoleStyle style = strata::console_style(fileno(file));
  std::fclose(file);
  BOOST_TEST(!style.bar);
  BOOST_TEST(!style.colour);
}

BOOST_AUTO_TEST_CASE(json_lines) {
  const Folder folder;
  const std::string path = folder / "log.jsonl";
  std::ofstream(path) << "{\"half\":";  // what a kill leaves
  run(*strata::make_json_lines_observer(path));
  BOOST_TEST(
      content(path) ==
      "{\"half\":\n"
      R"({"event":"begin","output":"runs/a","model":"","device":"","precision":"","parameters":42,"trained":30,"start_update":0,"max_updates":400,"max_epochs":0,"max_minutes":0})"
      "\n"
      R"({"event":"update","epoch":1,"update":200,"sentences":12800,"target_tokens":192000,"loss":3.21,"perplexity":24.78,"tokens_per_second":10512,"gradient_norm":1.25,"learning_rate":0.001,"elapsed_seconds":31,"remaining_seconds":3912,"progress":0.5})"
      "\n"
      R"({"event":"validation","epoch":1,"update":200,"elapsed_seconds":35.5,"seconds":4.5,"metrics":[{"name":"bleu","value":31.519,"best":31.519,"improved":true,"signature":"nrefs:1|tok:13a"},{"name":"loss","value":null,"best":2.5,"improved":false}]})"
      "\n"
      R"({"event":"message","severity":"warning","text":"odd \"line\"\u000a\u001b[31m"})"
      "\n"
      R"({"event":"end","reason":"max_updates","epoch":1,"update":400,"elapsed_seconds":62,"best":"runs/a/checkpoint-200"})"
      "\n");
  const std::string before = content(path);
  run(*strata::make_json_lines_observer(path));
  BOOST_TEST(content(path).size() == 2 * before.size() - std::string("{\"half\":\n").size());
}

// Framing by its definition (length, masked CRC-32C, bytes, masked CRC-32C), fields by their wire bytes.
BOOST_AUTO_TEST_CASE(tensorboard_events) {
  BOOST_REQUIRE(crc32c("123456789") == 0xE3069283U);  // the published check value
  const Folder folder;
  run(*strata::make_tensorboard_observer(folder / "events"));
  std::string bytes;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path / "events")) {
    BOOST_TEST(entry.path().filename().string().find("events.out.tfevents.") == 0U);
    bytes = content(entry.path());
  }
  std::vector<std::string> events;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto mask = [](std::uint32_t crc) { return ((crc >> 15U) | (crc << 17U)) + 0xA282EAD8U; };
    const auto size = read<std::uint64_t>(bytes, at);
    BOOST_REQUIRE(at + 16 + size <= bytes.size());
    BOOST_TEST(read<std::uint32_t>(bytes, at + 8) == mask(crc32c(bytes.substr(at, 8))));
    events.push_back(bytes.substr(at + 12, size));
    BOOST_TEST(read<std::uint32_t>(bytes, at + 12 + size) == mask(crc32c(events.back())));
    at += 16 + size;
  }
  BOOST_REQUIRE_EQUAL(events.size(), 3U);
  BOOST_TEST(events[0].substr(9) == std::string("\x10\x00\x1a\x0d"
                                                "brain.Event:2",
                                                17));
  // step 200 = c8 01; summary { value { tag "train/loss" simple_value 3.21 } ... }
  const float loss = 3.21F;
  const std::string value =
      std::string("\x0a\x11\x0a\x0atrain/loss\x15", 15) + std::string(reinterpret_cast<const char*>(&loss), 4);
  BOOST_TEST(events[1].substr(9, 3) == "\x10\xc8\x01");
  BOOST_TEST(events[1].find(value) == 15U);
  BOOST_TEST(events[2].find("valid/bleu") != std::string::npos);
}

// Samples of a validation, in all three.
BOOST_AUTO_TEST_CASE(samples_are_shown) {
  strata::ValidationReport report = validation_report();
  report.metrics.clear();
  report.samples = {{"ein\tHaus", "a home", "a house"}, {"", "first\n\nthird \x1b", ""}};
  std::ostringstream out;
  strata::make_console_observer(out, {})->validation(report);
  BOOST_TEST(out.str() ==
             "valid | epoch 1 | update 200 | elapsed 0:00:35\n"
             "sample 1 | input ein\\x09Haus | reference a house\n  a home\n"
             "sample 2 | input \n  first\n  \n  third \\x1b\n");
  const Folder folder;
  strata::make_json_lines_observer(folder / "log.jsonl")->validation(report);
  BOOST_TEST(
      content(folder / "log.jsonl")
              .find(R"("metrics":[],"samples":[{"input":"ein\u0009Haus","output":"a home","reference":"a house"},)"
                    R"({"input":"","output":"first\u000a\u000athird \u001b"}]})") != std::string::npos,
      content(folder / "log.jsonl"));
  strata::make_tensorboard_observer(folder / "events")->validation(report);
  const std::filesystem::directory_iterator files(folder.path / "events");
  const std::string bytes = content(files->path());
  // Field by field: tag 1, tensor 8 (dtype 7, shape [1], one string), metadata 9 of the plugin "text".
  const std::string shown = "input:\n\n    ein\tHaus\n\noutput:\n\n    a home\n\nreference:\n\n    a house\n\n";
  BOOST_REQUIRE(shown.size() == 68U);
  const std::string value = std::string("\x0a\x09samples/1\x42\x4e\x08\x07\x12\x04\x12\x02\x08\x01\x42\x44", 23) +
                            shown + std::string("\x4a\x08\x0a\x06\x0a\x04text", 10);
  BOOST_TEST(bytes.find(value) != std::string::npos);
  BOOST_TEST(bytes.find("    first\n    \n    third") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(curve_file) {
  const Folder folder;
  run(*strata::make_curve_observer(folder / "curve.svg"));
  const std::string svg = content(folder / "curve.svg");
  BOOST_TEST(xml::fault(svg) == "");
  BOOST_TEST(svg.find("train loss") != std::string::npos);
  BOOST_TEST(svg.find("valid bleu (right)") != std::string::npos);
}

// Its points are kept as they come, so that a kill loses none of them; what is no point is left out, and a validation
// that is made again counts once.
BOOST_AUTO_TEST_CASE(curve_goes_on) {
  const Folder folder;
  const std::string points = folder / "curve.jsonl";
  const auto report = [](std::int64_t update, double loss) {
    strata::UpdateReport one;
    one.update = update;
    one.loss = loss;
    return one;
  };
  const auto begin = [](std::int64_t update) {
    strata::RunReport one;
    one.start_update = update;
    return one;
  };
  std::ofstream(points) << "{\"update\":1,\"train loss\":9}\n";  // of a run that left no checkpoint
  {
    const auto curve = strata::make_curve_observer(folder / "curve.svg");
    curve->begin(begin(0));
    curve->update(report(100, 4));
    curve->update(report(200, 3.5));
    curve->validation(validation_report());
    curve->update(report(300, 1e300 * 1e300));
    BOOST_TEST(content(points) ==
               "{\"update\":100,\"train loss\":4}\n{\"update\":200,\"train loss\":3.5}\n"
               "{\"update\":200,\"valid bleu\":31.519,\"valid loss\":null}\n{\"update\":300,\"train loss\":null}\n");
  }
  std::ofstream(points, std::ios::app) << "half a li\n[]\n{\"update\":400,\"train lo";
  {
    const auto curve = strata::make_curve_observer(folder / "curve.svg");
    curve->begin(begin(200));
    BOOST_TEST(content(folder / "curve.svg").find("valid bleu") != std::string::npos);  // there before any report
    curve->validation(validation_report());
    curve->update(report(300, 3));
  }
  const auto curve = strata::make_curve_observer(folder / "curve.svg");
  curve->begin(begin(300));
  BOOST_TEST(content(points) ==
             "{\"update\":100,\"train loss\":4}\n"
             "{\"update\":200,\"train loss\":3.5,\"valid bleu\":31.519,\"valid loss\":null}\n"
             "{\"update\":300,\"train loss\":3}\n");
  BOOST_TEST(!std::filesystem::exists(folder / "curve-from-200.svg"));
}

BOOST_AUTO_TEST_CASE(unwritable_files) {
  const auto is_io = [](const strata::Error& error) { return error.exit() == strata::Exit::io; };
  BOOST_CHECK_EXCEPTION(strata::make_json_lines_observer("/nonexistent/log"), strata::Error, is_io);
  BOOST_CHECK_EXCEPTION(strata::make_curve_observer("/nonexistent/c.svg")->begin({}), strata::Error, is_io);
  BOOST_CHECK_EXCEPTION(strata::make_tensorboard_observer("/proc/nonexistent"), strata::Error, is_io);
  if (std::filesystem::exists("/dev/full")) {
    BOOST_CHECK_EXCEPTION(strata::make_json_lines_observer("/dev/full")->update({}), strata::Error, is_io);
  }
}

BOOST_AUTO_TEST_CASE(fan_out_keeps_order) {
  struct Recorder : strata::Observer {
    std::string* log;
    char mark;
    Recorder(std::string* to, char as) : log(to), mark(as) {}
    void update(const strata::UpdateReport&) override { *log += mark; }
    void message(strata::Severity, const std::string& text) override { *log += mark + text; }
  };
  std::string log;
  strata::Observers all;
  all.add(std::make_shared<Recorder>(&log, 'a'));
  all.add(std::make_shared<Recorder>(&log, 'b'));
  all.update({});
  all.message(strata::Severity::info, "!");
  BOOST_TEST(log == "aba!b!");
}

// A disk that becomes full, and has room again: one warning, whole lines only, and what is said later is there.
BOOST_AUTO_TEST_CASE(a_log_that_cannot_be_written_is_one_warning) {
  struct Listener : strata::Observer {
    std::vector<std::string> warnings;
    std::int64_t updates = 0;
    void message(strata::Severity, const std::string& text) override { warnings.push_back(text); }
    void update(const strata::UpdateReport&) override { ++updates; }
  };
  const Folder folder;
  const std::string lines = folder / "log.jsonl", events = folder / "events";
  const auto listener = std::make_shared<Listener>();
  strata::Observers all;
  all.add(strata::make_json_lines_observer(lines));
  all.add(strata::make_tensorboard_observer(events));
  all.add(strata::make_curve_observer(folder / "curve.svg"));
  all.add(listener);
  all.begin({});
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{1000, before.rlim_max};
  const auto limited = [&](const rlimit& limit) { setrlimit(RLIMIT_FSIZE, &limit); };
  limited(small);
  for (int i = 0; i < 20; ++i) all.update(update_report());
  all.validation(validation_report());
  limited(before);
  std::signal(SIGXFSZ, handler);
  BOOST_TEST(listener->updates == 20);
  BOOST_REQUIRE_EQUAL(listener->warnings.size(), 3U);
  BOOST_TEST(listener->warnings[0].find(lines + " cannot be written: File too large") == 0U);
  BOOST_TEST(listener->warnings[1].find(events) == 0U);
  BOOST_TEST(listener->warnings[2].find(folder / "curve.svg") == 0U);
  all.update(update_report());
  all.end({});
  BOOST_TEST(listener->warnings.size() == 3U);
  std::istringstream text(content(lines));
  std::vector<std::string> kept;
  for (std::string line; std::getline(text, line);) {
    BOOST_TEST((line.front() == '{' && line.back() == '}'), line);
    kept.push_back(line);
  }
  BOOST_TEST(kept.size() > 3U);
  BOOST_TEST(kept.back().find("\"end\"") != std::string::npos);
  // Records of a TensorBoard file: the lengths lead from one to the next up to the end.
  for (const auto& file : std::filesystem::directory_iterator(events)) {
    const std::string bytes = content(file.path().string());
    std::size_t at = 0;
    for (std::uint64_t length = 0; at + 8 <= bytes.size(); at += 16 + length)
      std::memcpy(&length, bytes.data() + at, 8);
    BOOST_TEST(at == bytes.size());
  }
  struct Broken : strata::Observer {
    void update(const strata::UpdateReport&) override { throw strata::Error("E_INTERNAL", "", "broken"); }
  };
  all.add(std::make_shared<Broken>());
  BOOST_CHECK_THROW(all.update({}), strata::Error);
}

BOOST_AUTO_TEST_SUITE_END()
