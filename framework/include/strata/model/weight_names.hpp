// WeightNames: how a family of published checkpoints names and lays out what a model of Strata has, in both directions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/config.hpp"
#include "strata/core/export.hpp"
#include "strata/data/sizes.hpp"

namespace strata {

// One tensor of a checkpoint of the field, and the parameters of a model that it has. A checkpoint is read in this
// order, and written in the reverse order by the inverse of each step:
//   1. transpose: theirs [I,O] -> [O,I]
//   2. rows:      row i is row rows[i] of the tensor of step 1
//   3. ours:      the tensor is cut along axis 0, one part for each name
// "{}" in `theirs` and in every name of `ours` stands for the same number, that of a layer from 0 on.
struct NameRule {
  std::string theirs;                    // name in the checkpoint: "transformer.h.{}.attn.c_attn.weight"
  std::vector<std::string> ours;         // names in Layer::saved(); empty: the tensor is no parameter and is ignored
  bool transpose = false;                // true: `theirs` is stored as [in, out], as GPT-2's Conv1D is; rank 2 only
  std::vector<std::int64_t> rows = {};   // permutation of axis 0; empty: as it is (permuted_rows, rotary_rows)
  std::vector<std::int64_t> parts = {};  // extents of axis 0 of each of `ours`; empty: those of the model's parameters
  // True: the tensor may be missing in a checkpoint, where another rule has the same parameter or the parameter keeps
  // its initial value (an output that is tied to the embedding). It is written when it is a parameter of the model.
  bool optional = false;
  // True: `theirs` may have more rows than the parameter, as an embedding has that is padded to a multiple of 64. The
  // rows after those of the parameter are left out and counted.
  bool padded = false;
};

// A family of checkpoints: the role of the components "gpt2", "llama", ... which plugins register. It knows the
// options of one model of Strata and the config.json of the field, and has no state.
class STRATA_API WeightNames {
 public:
  static constexpr std::string_view kRole = "weight_names";
  virtual ~WeightNames();

  // True when config.json describes a checkpoint of this family, by its "model_type" or else its "architectures".
  virtual bool reads(const Config& config_json) const = 0;
  // Returns the "model" of a recipe: {"type": "gpt", ...}. Throws E_CONFIG_RANGE at the place of a value of config.json
  // that the model does not have, such as another activation.
  virtual Config model(const Config& config_json) const = 0;
  // Returns the "feed" of a recipe. Default: null, which is the feed that the model expects.
  virtual Config feed(const Config& config_json) const;
  // True when config() can describe this "model" of a completed recipe, so that the field's program computes the same.
  virtual bool writes(const Config& model) const = 0;
  // Returns the config.json for a "model" of a completed recipe whose feed has these sizes; the reverse of model().
  virtual Config config(const Config& model, const Sizes& sizes) const = 0;
  // Returns the rules of all tensors of such a checkpoint, for a "model" of a recipe that is completed or that model()
  // returned.
  virtual std::vector<NameRule> rules(const Config& model) const = 0;
};

// Returns NameRule::rows of reshape and permute: rows as [extents[0], extents[1], ...] whose axes are put in the order
// `order`, so that axis i of the result is axis order[i]. GPT-NeoX and BLOOM have q, k and v by heads, [H,3,D], and
// permuted_rows({H, 3, D}, {1, 0, 2}) gives them as [3,H,D]. Throws E_INTERNAL when `order` is no permutation.
STRATA_API std::vector<std::int64_t> permuted_rows(const std::vector<std::int64_t>& extents,
                                                   const std::vector<std::int64_t>& order);

// Returns NameRule::rows for the query or key of `heads` heads of `width` rows of which the first `rotary` are rotated:
// theirs rotates rows 2i and 2i+1 (pairs), ours rows i and i + rotary/2 (halves). Throws E_INTERNAL when `rotary` is
// odd or larger than the width.
STRATA_API std::vector<std::int64_t> rotary_rows(std::int64_t heads, std::int64_t width, std::int64_t rotary);

}  // namespace strata
