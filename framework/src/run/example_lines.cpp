// Examples from the lines of a file: plain texts, texts between tabs, or JSON objects.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "strata/core/error.hpp"
#include "strata/core/json.hpp"
#include "strata/data/line_reader.hpp"
#include "strata/run/answer_run.hpp"

namespace strata {
namespace {

std::string listed(const std::vector<FieldInfo>& fields) {
  std::string names;
  for (const FieldInfo& one : fields) names += (names.empty() ? "" : ", ") + one.name;
  return names;
}

[[noreturn]] void refuse(const std::string& place, const std::string& field, const std::string& what,
                         const std::string& hint = {}) {
  throw Error("E_DATA_FIELD", place, "field \"" + printable(field, 60) + "\": " + what, hint);
}

// The numbers of a value, which may be one, or lists in lists: row-major.
void flatten(const Config& value, const FieldInfo& field, const std::string& place, std::vector<double>& out) {
  if (value.is_array()) {
    for (const Config& one : value.items()) flatten(one, field, place, out);
    return;
  }
  if (!value.is_number()) refuse(place, field.name, "it has a value that is no number", "numbers, in lists or alone");
  out.push_back(value.real());
}

void check_count(const FieldInfo& field, std::size_t count, const std::string& place) {
  std::int64_t item = 1;
  bool varies = false;
  std::string shape;
  for (const std::int64_t extent : field.shape) {
    varies = varies || extent < 0;
    if (extent >= 0) item *= extent;
    shape += (shape.empty() ? "" : " x ") + (extent < 0 ? std::string("any number") : std::to_string(extent));
  }
  const auto given = static_cast<std::int64_t>(count);
  if (varies ? given % std::max<std::int64_t>(item, 1) == 0 : given == item) return;
  refuse(place, field.name, std::to_string(given) + " numbers, and it has " + (shape.empty() ? "1" : shape));
}

void read(const Config& value, const FieldInfo& info, const std::string& place, Field& field) {
  if (info.kind == FieldKind::text) {
    if (!value.is_string()) refuse(place, info.name, "it is no text");
    field.text = value.string();
    if (info.one_line && field.text.find('\n') != std::string::npos) refuse(place, info.name, "it has a line end");
    return;
  }
  std::vector<double> numbers;
  flatten(value, info, place, numbers);
  check_count(info, numbers.size(), place);
  if (info.kind == FieldKind::numbers) {
    field.numbers.assign(numbers.begin(), numbers.end());
    return;
  }
  const double most =
      info.classes > 0 ? static_cast<double>(info.classes - 1) : std::numeric_limits<std::int32_t>::max();
  for (const double one : numbers) {
    if (one != std::floor(one) || one < 0 || one > most) {
      refuse(place, info.name,
             "an id is " + write_json(Config(one), 0) + " (allowed: integers from 0 to " +
                 std::to_string(static_cast<std::int64_t>(most)) + ")");
    }
    field.ids.push_back(static_cast<std::int32_t>(one));
  }
}

// True when a line can hold a text for each of the fields.
bool all_lines(const std::vector<FieldInfo>& fields) {
  return std::all_of(fields.begin(), fields.end(),
                     [](const FieldInfo& one) { return one.kind == FieldKind::text && one.one_line; });
}

class ExampleLines final : public ExampleSource {
 public:
  ExampleLines(const std::string& file, std::vector<FieldInfo> fields)
      : reader_(file),
        piped_(file == "-"),
        fields_(std::move(fields)),
        plain_(fields_.size() == 1 && fields_[0].kind == FieldKind::text && !file.ends_with(".jsonl")),
        tabs_(fields_.size() > 1 && all_lines(fields_) && !file.ends_with(".jsonl")) {}

  bool next(Example& example) override {
    std::string line;
    if (!reader_.next(line)) return false;
    example = {};
    example.index = index_++;
    if (plain_) {
      example.fields.resize(1);
      example.fields[0].text = std::move(line);
      return true;
    }
    const std::string at = place();
    if (tabs_ && line.find('\t') != std::string::npos) {
      read_texts(line, at, example);
      return true;
    }
    const Config object = parse_json(line, at);
    if (!object.is_object()) throw Error("E_DATA_FIELD", at, "the line is no JSON object", wanted());
    for (const auto& [name, value] : object.members()) {
      bool known = false;
      for (const FieldInfo& field : fields_) known = known || field.name == name;
      if (!known) refuse(at, name, "there is no such field", wanted());
    }
    for (const FieldInfo& info : fields_) {
      const Config* value = object.find(info.name);
      if (value == nullptr) refuse(at, info.name, "it is missing", wanted());
      read(*value, info, at, example.fields.emplace_back());
    }
    return true;
  }
  bool drained() const override { return piped_ && reader_.drained(); }
  std::string place() const override { return reader_.place(); }
  std::vector<std::string> warnings() const override { return reader_.warnings(); }

 private:
  std::string wanted() const { return "the fields are: " + listed(fields_); }

  // The texts between tabs, one for each field.
  void read_texts(const std::string& line, const std::string& place, Example& example) const {
    for (std::size_t begin = 0; begin <= line.size();) {
      const std::size_t end = std::min(line.find('\t', begin), line.size());
      example.fields.emplace_back().text = line.substr(begin, end - begin);
      begin = end + 1;
    }
    if (example.fields.size() == fields_.size()) return;
    throw Error("E_DATA_FIELD", place,
                std::to_string(example.fields.size()) + " texts between tabs, and an example has " +
                    std::to_string(fields_.size()),
                wanted());
  }

  LineReader reader_;
  bool piped_;  // somebody may wait for an answer before the next line is written
  std::vector<FieldInfo> fields_;
  bool plain_, tabs_;  // whether a line is a text, and whether it may be several
  std::int64_t index_ = 0;
};

class SingleExample final : public ExampleSource {
 public:
  explicit SingleExample(std::string text) : text_(std::move(text)) {}

  bool next(Example& example) override {
    if (done_) return false;
    set_texts(example, {text_}, 0);
    return done_ = true;
  }
  std::string place() const override { return "text"; }
  std::vector<std::string> warnings() const override { return {}; }

 private:
  std::string text_;
  bool done_ = false;
};

}  // namespace

std::unique_ptr<ExampleSource> single_example(std::string text, const std::vector<FieldInfo>& fields) {
  if (fields.size() == 1 && fields[0].kind == FieldKind::text) return std::make_unique<SingleExample>(std::move(text));
  throw Error("E_USAGE", "--prompt", "it is a text, and an example has the fields " + listed(fields),
              "a file with a JSON object a line");
}

std::unique_ptr<ExampleSource> example_lines(const std::string& file, std::vector<FieldInfo> fields) {
  return std::make_unique<ExampleLines>(file, std::move(fields));
}

}  // namespace strata
