// import_run, export_run: published checkpoints of other programs become checkpoints of Strata, and the reverse.
#pragma once

#include <cstdint>
#include <string>

#include "strata/core/export.hpp"
#include "strata/run/host.hpp"

namespace strata {

// What import_run() and export_run() did.
struct FieldReport {
  std::string family;           // component weight_names: "llama"
  std::int64_t parameters = 0;  // number of parameters, each value counted
  std::int64_t tensors = 0;     // number of tensors
};

// Reads a folder of the field (config.json, model.safetensors or shards with an index, files of the tokenizer,
// generation_config.json, chat template) and writes it as a checkpoint folder, whose model can be used, and trained
// further by "init". Throws E_CHECKPOINT_MISSING when `folder` is none, and what load_model() and save_checkpoint()
// throw.
STRATA_API FieldReport import_run(const std::string& folder, const std::string& output, const Host& host = {});

// Writes a trained model as a folder of the field: config.json, model.safetensors, generation_config.json and the files
// of the tokenizer. path, which: as in load_model(). output: a folder that is missing or empty. Throws
// E_CHECKPOINT_ARCHITECTURE when no component weight_names describes such a model, and E_CHECKPOINT_QUANTIZED for a
// model in 8 bits.
STRATA_API FieldReport export_run(const std::string& path, const std::string& which, const std::string& output,
                                  const Host& host = {});

}  // namespace strata
