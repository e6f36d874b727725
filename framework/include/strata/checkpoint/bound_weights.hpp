// BoundWeights: the parameters of a model, each bound to the tensors of a source that have its values.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "strata/checkpoint/weights.hpp"
#include "strata/model/weight_names.hpp"
#include "strata/nn/layer.hpp"

namespace strata {

// How the rows of a parameter are taken from one of another number of rows.
struct RowMatch {
  std::int64_t source_rows = 0;    // rows of the parameter in the source
  std::vector<std::int64_t> from;  // for each row of the model's parameter that of the source, -1: a new row
  bool mean = true;                // true: a new row is the mean of the rows taken; false: it is drawn
};

// The options of a binding: names, parts of the model, and whether something may be missing or left over.
struct BindOptions {
  std::vector<NameRule> rules = {};  // names in the source and in the model; empty: they are equal
  std::string from = {};             // path prefix of parameters of the source, by the model's names; empty: all
  std::string into = {};             // path prefix of the parameters of the model that takes the place of `from`
  bool draw_missing = false;         // false: parameters within `into` that the source lacks are an error
  bool leave_unknown = false;        // false: tensors that are no parameter of the model are an error
  std::map<std::string, RowMatch> rows = {};  // by the names of the model's parameters
};

// The report of a binding counts what was taken, drawn, left and ignored.
struct BindReport {
  std::vector<std::string> taken;  // parameters of the model with values of the source
  std::vector<std::string> drawn;  // parameters within `into` that keep their initial values
  std::vector<std::string> left;   // tensors of the source that are no parameter of the model
  std::int64_t ignored = 0;        // tensors that a rule names as no parameter
  std::int64_t padded_rows = 0;    // rows of padded embeddings that were left out
};

class STRATA_API BoundWeights final : public ValueSource {
 public:
  // Compares all names and shapes; no value is read. parameters: Layer::saved() of the model. Throws
  // E_CHECKPOINT_PARAMETERS, with the numbers and the first few names of what is missing or left over, and
  // E_CHECKPOINT_SHAPE, with the name and both shapes.
  BoundWeights(std::shared_ptr<const Weights> source, const std::vector<NamedParameter>& parameters,
               BindOptions options = {});
  ~BoundWeights() override;
  BoundWeights(const BoundWeights&) = delete;
  BoundWeights& operator=(const BoundWeights&) = delete;

  const BindReport& report() const noexcept { return report_; }  // known before anything is read
  bool has(const std::string& parameter) const;                  // true when fill() gives values for it

  // Reads the values of a parameter into their place. Throws E_CHECKPOINT_NAN, with the name and the number of values
  // that are NaN, and E_IO_READ.
  bool fill(const NamedParameter& parameter, const Tensor& values, const std::function<void()>& draw) override;

 private:
  // The part of a tensor that a parameter is.
  struct Piece {
    const Weights::Entry* entry = nullptr;
    const NameRule* rule = nullptr;  // null: the tensor as it is
    std::int64_t first = 0;          // first of the parameter's rows in the tensor, after transpose and permutation
  };

  void bind();
  void bind_entry(const Weights::Entry& entry, const NameRule* rule, const std::vector<std::string>& ours);
  void bind_parts(const Weights::Entry& entry, const NameRule& rule, const std::vector<std::string>& ours);
  void check_shape(const Weights::Entry& entry, const NameRule* rule, const NamedParameter& parameter);
  std::string renamed(const std::string& name) const;
  void finish(const std::vector<NamedParameter>& parameters);
  void read_rows(const Piece& piece, const std::vector<std::pair<std::int64_t, std::int64_t>>& rows,
                 const Tensor& values) const;

  std::shared_ptr<const Weights> source_;
  BindOptions options_;
  BindReport report_;
  std::map<std::string, const NamedParameter*> known_;  // parameters while they are bound
  std::map<std::string, Piece> pieces_;                 // by the names of parameters
};

// Writes the parameters of a model as a checkpoint of the field has them: the inverse of reading by these rules. Throws
// E_CHECKPOINT_PARAMETERS when no rule has a parameter, and E_IO_WRITE.
STRATA_API void write_field_weights(const std::string& path, const std::vector<NameRule>& rules,
                                    const std::vector<NamedParameter>& parameters);

}  // namespace strata
