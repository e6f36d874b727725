// Example: one record of a dataset, as named fields of text, ids or numbers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"

namespace strata {

// The kind of a field.
enum class FieldKind {
  text,     // valid UTF-8
  ids,      // integers from 0: a label, tags, pixels of few levels
  numbers,  // real numbers: an image, a series
};

// The declaration of a field, which is the same for all examples of a dataset.
struct FieldInfo {
  std::string name;                  // "source", "target", "text", "label", "image", ...
  FieldKind kind = FieldKind::text;  // kind of its values
  // Extents of ids and numbers; empty: a single value; -1 (only as the first extent): another length in each example.
  std::vector<std::int64_t> shape = {};
  std::int64_t classes = 0;  // of ids: they are below this number; 0: the largest is not known
  bool one_line = false;     // of text: it has no line ends
};

// The value of a field; the member of its kind is used.
struct Field {
  std::string text;               // valid UTF-8
  std::vector<std::int32_t> ids;  // row-major
  std::vector<float> numbers;     // row-major
};

struct Example {
  std::vector<Field> fields;  // in the order of Dataset::fields()
  std::int64_t index = 0;     // position in the split, from 0
  bool continues = false;     // true: it goes on with the document of the previous example
};

// Returns "text", "ids" or "numbers".
STRATA_API std::string_view name_of(FieldKind kind) noexcept;

// Returns the position of a field. Throws E_DATA_FIELD, which lists the fields, when there is none of this name or when
// it is of another kind; `place` is where the name was asked for.
STRATA_API std::size_t find_field(const std::vector<FieldInfo>& fields, std::string_view name, FieldKind kind,
                                  const std::string& place);

// Declares fields of text without line ends.
STRATA_API std::vector<FieldInfo> line_fields(const std::vector<std::string>& names);

// Fills an example with texts, one for each field. Storage that the example has is used again.
STRATA_API void set_texts(Example& example, std::vector<std::string> texts, std::int64_t index);

}  // namespace strata
