// info_run: what a run, a folder of the field or a file of weights is, without reading its values.
#pragma once

#include <string>
#include <string_view>

#include "strata/core/config.hpp"
#include "strata/core/export.hpp"
#include "strata/run/host.hpp"

namespace strata {

// Describes a run or checkpoint folder, a folder of the field or a safetensors file. No value of a tensor is read.
// Members of the object; those that are not known are left out:
//   "path", "kind"       "run", "folder" or "file"
//   "architecture"       type of the model, and for a folder of the field its family and model_type
//   "model"              options of the model
//   "parameters"         number of values of all tensors
//   "tensors"            number of tensors
//   "formats"            number of values by dtype: {"f32": 124439808}
//   "bytes"              bytes of the files of weights
//   "context"            largest number of tokens, where the model has a limit
//   "vocabularies"       for each: "size" and "specials", the special tokens by what they are for
//   "template"           file with a chat template
//   "memory"             bytes: "weights" of the loaded model in f32; "training", with gradients and two moments of
//   AdamW
// which: as in load_model(). Throws what load_model() throws for a folder, and Weights() for a file.
STRATA_API Config info_run(const std::string& path, std::string_view which = "best", const Host& host = {});

// Returns the description as lines for people.
STRATA_API std::string info_text(const Config& info);

}  // namespace strata
