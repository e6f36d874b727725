// Rows: encoding, checks against the declaration, and copying into columns.
#include "data/rows.hpp"

#include <algorithm>

#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"

namespace strata::detail {

Rows::Rows(const std::vector<FieldInfo>& fields, const std::vector<std::string>& labels, const Tokenizers& tokenizers) {
  for (const FieldInfo& info : fields) {
    Values values;
    values.info = info;
    if (info.kind == FieldKind::text) {
      values.tokenizer = tokenizers.shared(info.name);
      values.varies = std::find(labels.begin(), labels.end(), info.name) == labels.end();
    }
    for (const std::int64_t extent : info.shape) {
      if (extent < 0) {
        values.varies = true;
      } else {
        values.item *= static_cast<std::size_t>(extent);
      }
    }
    fields_.push_back(std::move(values));
  }
}

// The ids of a text. What the tokenizer refuses, an unknown label for example, is refused at the example's place.
std::vector<std::int32_t> Rows::encoded(const Values& values, const std::string& text, const std::string& place) {
  try {
    return in_plugin("encode()", *values.tokenizer, [&] { return values.tokenizer->encode(text); });
  } catch (const Error& error) {
    throw Error(error.code(), place + ", field " + values.info.name, error.message(), error.hint());
  }
}

void Rows::add(const Example& example, const std::vector<std::size_t>& places, const std::string& place) {
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    Values& values = fields_[i];
    const FieldInfo& info = values.info;
    const Field& field = example.fields.at(places[i]);
    if (info.kind == FieldKind::text) {
      const std::vector<std::int32_t> ids = encoded(values, field.text, place);
      values.ids.insert(values.ids.end(), ids.begin(), ids.end());
      values.ends.push_back(static_cast<std::int64_t>(values.ids.size()));
      continue;
    }
    const std::size_t count = info.kind == FieldKind::ids ? field.ids.size() : field.numbers.size();
    if (values.varies ? count % values.item != 0 : count != values.item) {
      throw Error("E_DATA_SHAPE", place,
                  "field " + info.name + " has " + std::to_string(count) + " values, " + std::to_string(values.item) +
                      (values.varies ? " each are declared" : " are declared"));
    }
    for (const std::int32_t id : field.ids) {
      if (id >= 0 && (info.classes == 0 || id < info.classes)) continue;
      throw Error("E_DATA_LABEL", place,
                  "field " + info.name + " is " + std::to_string(id) + ", and the classes are 0 to " +
                      std::to_string(info.classes - 1));
    }
    values.ids.insert(values.ids.end(), field.ids.begin(), field.ids.end());
    values.numbers.insert(values.numbers.end(), field.numbers.begin(), field.numbers.end());
    values.ends.push_back(values.ends.back() + static_cast<std::int64_t>(count / values.item));
  }
  indices_.push_back(example.index);
}

void Rows::append(const Values& from, std::span<const std::int64_t> chosen, Batch& batch) {
  const auto count = static_cast<std::int64_t>(chosen.size());
  const auto length = [&](std::int64_t row) {
    const auto at = static_cast<std::size_t>(row);
    return from.ends[at + 1] - from.ends[at];
  };
  Column column{from.info.name, {count}, {}, {}};
  std::int64_t time = 1;
  if (from.varies) {
    for (const std::int64_t row : chosen) time = std::max(time, length(row));
    column.shape.push_back(time);
  }
  for (const std::int64_t extent : from.info.shape) {
    if (extent >= 0) column.shape.push_back(extent);
  }
  Column lengths{from.info.name + "_lengths", {count}, {}, {}};
  const std::size_t row_size = static_cast<std::size_t>(time) * from.item;
  const auto copy = [&](const auto& values, auto& into) {
    into.resize(chosen.size() * row_size);
    for (std::size_t b = 0; b < chosen.size(); ++b) {
      const std::int64_t begin = from.ends[static_cast<std::size_t>(chosen[b])] * static_cast<std::int64_t>(from.item);
      const std::int64_t size = length(chosen[b]) * static_cast<std::int64_t>(from.item);
      std::copy_n(values.begin() + begin, size, into.begin() + static_cast<std::ptrdiff_t>(b * row_size));
    }
  };
  if (from.info.kind == FieldKind::numbers) {
    copy(from.numbers, column.numbers);
  } else {
    copy(from.ids, column.ids);
  }
  for (const std::int64_t row : chosen) lengths.ids.push_back(static_cast<std::int32_t>(length(row)));
  batch.columns.push_back(std::move(column));
  if (from.varies) batch.columns.push_back(std::move(lengths));
}

Batch Rows::batch(std::span<const std::int64_t> chosen) const {
  Batch batch;
  batch.size = static_cast<std::int64_t>(chosen.size());
  for (const std::int64_t row : chosen) batch.indices.push_back(indices_[static_cast<std::size_t>(row)]);
  for (const Values& values : fields_) append(values, chosen, batch);
  return batch;
}

void require_field(const std::vector<FieldInfo>& fields, const std::string& name, const std::string& place) {
  std::string known;
  for (const FieldInfo& field : fields) {
    if (field.name == name) return;
    known += (known.empty() ? "" : ", ") + field.name;
  }
  throw Error("E_DATA_FIELD", place, "the data has no field \"" + name + "\"", "it has: " + known);
}

Config config_of(const FieldInfo& field) {
  return Config::object({{"name", field.name},
                         {"kind", name_of(field.kind)},
                         {"shape", Config::array(Config::Items(field.shape.begin(), field.shape.end()))},
                         {"classes", field.classes}});
}

FieldInfo field_of(const Config& config) {
  FieldInfo field{config.at("name").string()};
  for (const FieldKind kind : {FieldKind::text, FieldKind::ids, FieldKind::numbers}) {
    if (config.at("kind").string() == name_of(kind)) field.kind = kind;
  }
  for (const Config& extent : config.at("shape").items()) field.shape.push_back(extent.integer());
  field.classes = config.at("classes").integer();
  return field;
}

}  // namespace strata::detail
