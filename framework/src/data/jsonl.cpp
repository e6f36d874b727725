// Dataset "jsonl": one JSON object a line.
#include "data/builtin.hpp"
#include "data/record_dataset.hpp"
#include "strata/core/error.hpp"
#include "strata/core/json.hpp"
#include "strata/data/line_reader.hpp"
#include "strata/plugin/registry.hpp"

namespace strata {
namespace {

struct Fields {
  std::string source = "source", target = "target", split;
};

class JsonlFormat final : public RecordFormat {
 public:
  explicit JsonlFormat(const Fields& fields) : fields_(fields) {}

  void parse(const std::string& line, const std::string& place, Record& record) const override {
    Config object;
    try {
      object = parse_json(line, place);
    } catch (const Error& error) {
      throw Error("E_DATA_JSON", place, error.message() + " (" + error.place() + ")",
                  error.hint().empty() ? "one JSON object a line" : error.hint());
    }
    if (!object.is_object()) {
      throw Error("E_DATA_JSON", place, "is no object: " + printable(write_json(object, 0), 60),
                  "one JSON object a line");
    }
    record.source = field(object, fields_.source, place);
    record.target = field(object, fields_.target, place);
    record.split = fields_.split.empty() ? std::string() : field(object, fields_.split, place);
  }

 private:
  static std::string field(const Config& object, const std::string& name, const std::string& place) {
    const Config* value = object.find(name);
    if (value == nullptr) {
      std::string known;
      for (const auto& [other, ignored] : object.members()) known += (known.empty() ? "" : ", ") + other;
      throw Error("E_DATA_FIELD", place, "has no field '" + printable(name, 60) + "'",
                  "its fields: " + printable(known));
    }
    if (!value->is_string()) {
      throw Error("E_DATA_FIELD", place,
                  "field '" + printable(name, 60) + "' is no string: " + printable(write_json(*value, 0), 60));
    }
    return value->string();
  }

  Fields fields_;
};

class JsonlDataset final : public RecordDataset {
 public:
  struct Options : RecordOptions {
    Fields fields;
    void visit(auto& option) {
      option("source_field", fields.source, "name of the field with the source text");
      option("target_field", fields.target, "name of the field with the target text");
      option("split_field", fields.split,
             "name of the field with the name of the split (empty: each split has its own file)");
      RecordOptions::visit(option);
    }
  };

  explicit JsonlDataset(const Options& options)
      : RecordDataset(options, "jsonl", std::make_shared<JsonlFormat>(options.fields), !options.fields.split.empty()) {}
};

}  // namespace

void register_jsonl_dataset(Registry& registry) {
  registry.add<Dataset, JsonlDataset>("jsonl", "one JSON object per line, with a source and a target field");
}

}  // namespace strata
