// Dataset and Example: what all datasets share.
#include "strata/data/dataset.hpp"

#include <algorithm>
#include <unordered_map>

#include "strata/core/error.hpp"

namespace strata {

ExampleReader::~ExampleReader() = default;
std::vector<std::string> ExampleReader::warnings() const { return {}; }
Dataset::~Dataset() = default;
std::vector<FieldInfo> Dataset::fields() const { return line_fields({"source", "target"}); }

std::string Dataset::stamp(std::string_view) const { return {}; }

std::string_view name_of(FieldKind kind) noexcept {
  switch (kind) {
    case FieldKind::text: return "text";
    case FieldKind::ids: return "ids";
    case FieldKind::numbers: return "numbers";
  }
  return "";
}

std::size_t find_field(const std::vector<FieldInfo>& fields, std::string_view name, FieldKind kind,
                       const std::string& place) {
  std::string known;
  for (const FieldInfo& field : fields) {
    known += (known.empty() ? "" : ", ") + field.name + " (" + std::string(name_of(field.kind)) + ")";
  }
  const auto at =
      std::find_if(fields.begin(), fields.end(), [&](const FieldInfo& field) { return field.name == name; });
  if (at == fields.end()) {
    throw Error("E_DATA_FIELD", place, "the data has no field \"" + std::string(name) + "\"", "it has: " + known);
  }
  if (at->kind != kind) {
    throw Error("E_DATA_FIELD", place,
                "field \"" + std::string(name) + "\" must be " + std::string(name_of(kind)) + " and is " +
                    std::string(name_of(at->kind)),
                "the data has: " + known);
  }
  return static_cast<std::size_t>(at - fields.begin());
}

std::vector<FieldInfo> line_fields(const std::vector<std::string>& names) {
  std::vector<FieldInfo> fields;
  for (const std::string& name : names) {
    FieldInfo field{name};
    field.one_line = true;
    fields.push_back(std::move(field));
  }
  return fields;
}

void set_texts(Example& example, std::vector<std::string> texts, std::int64_t index) {
  example.fields.resize(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) example.fields[i].text = std::move(texts[i]);
  example.index = index;
  example.continues = false;
}

std::int64_t overlap(const Dataset& dataset, std::string_view train, std::string_view test) {
  const std::vector<FieldInfo> fields = dataset.fields();
  const auto first =
      std::find_if(fields.begin(), fields.end(), [](const FieldInfo& field) { return field.kind == FieldKind::text; });
  if (first == fields.end()) {
    throw Error("E_DATA_FIELD", "[overlap]", "the data has no field of text", "overlap compares texts");
  }
  const auto at = static_cast<std::size_t>(first - fields.begin());
  std::unordered_map<std::string, std::int64_t> texts;  // of test, how often each
  Example example;
  for (const auto reader = dataset.open(test); reader->next(example);) ++texts[example.fields.at(at).text];
  std::int64_t shared = 0;
  for (const auto reader = dataset.open(train); reader->next(example);) {
    if (const auto found = texts.find(example.fields.at(at).text); found != texts.end()) {
      shared += found->second;
      texts.erase(found);  // counted once, however often it stands in train
    }
  }
  return shared;
}

}  // namespace strata
