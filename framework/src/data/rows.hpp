// Rows: the fields of examples in flat arrays, from which batches are copied.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "strata/core/config.hpp"
#include "strata/data/batch.hpp"
#include "strata/data/example.hpp"
#include "strata/text/tokenizer.hpp"

namespace strata::detail {

class Rows {
 public:
  Rows() = default;
  // Texts are encoded by the tokenizers of the names of their fields; those of `labels` are one id.
  Rows(const std::vector<FieldInfo>& fields, const std::vector<std::string>& labels, const Tokenizers& tokenizers);

  // Adds an example. places: for each field, its position in the example. Throws E_DATA_SHAPE for another number of
  // values than declared and E_DATA_LABEL for an id outside the classes, at `place`.
  void add(const Example& example, const std::vector<std::size_t>& places, const std::string& place);
  std::int64_t size() const noexcept { return static_cast<std::int64_t>(indices_.size()); }
  // A batch of the chosen rows, in this order. Fields of one length become columns [B,...]. Fields of several lengths
  // become [B,T,...], padded with zeros, and a column NAME_lengths [B].
  Batch batch(std::span<const std::int64_t> chosen) const;

 private:
  struct Values {
    FieldInfo info;
    std::shared_ptr<Tokenizer> tokenizer;  // of a text
    bool varies = false;                   // its first extent differs from row to row
    std::size_t item = 1;                  // number of values of a step of a varying field, or of all
    std::vector<std::int32_t> ids;
    std::vector<float> numbers;
    std::vector<std::int64_t> ends{0};  // in items
  };
  static std::vector<std::int32_t> encoded(const Values& values, const std::string& text, const std::string& place);
  static void append(const Values& from, std::span<const std::int64_t> chosen, Batch& batch);

  std::vector<Values> fields_;
  std::vector<std::int64_t> indices_;
};

// Throws E_DATA_FIELD, with the fields that there are, when none has this name.
void require_field(const std::vector<FieldInfo>& fields, const std::string& name, const std::string& place);

// A declaration as a checkpoint keeps it, and back.
Config config_of(const FieldInfo& field);
FieldInfo field_of(const Config& config);

}  // namespace strata::detail
