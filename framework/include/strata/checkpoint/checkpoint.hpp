// Checkpoint: a folder with all that a run needs to go on and a model needs to be used again.
//
//   config.json              the recipe, completed with all defaults; under "plugins" those that it cannot do without,
//                            under "strata" the version and all plugins used: name, version, SHA-256, never a file
//   model.safetensors        parameters under their canonical names; one in 8 bits as NAME.codes and NAME.scale
//   vocab.txt, ...           the tokenizers' own files
//   optimizer.safetensors    state of the optimizer
//   trainer_state.json       counters, best values, order of the data
//   manifest.json            size and SHA-256 of each of these; written last
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "strata/core/config.hpp"
#include "strata/core/export.hpp"
#include "strata/nn/parameter.hpp"
#include "strata/plugin/role.hpp"
#include "strata/tensor/named_tensor.hpp"
#include "strata/text/tokenizer.hpp"

namespace strata {

// What save_checkpoint writes.
struct CheckpointContents {
  Config recipe;                           // completed, without "strata"
  std::vector<PluginInfo> plugins;         // that the run uses; their files are not written
  std::vector<NamedParameter> parameters;  // of the model
  Tokenizers tokenizers;                   // may be empty
  std::vector<NamedTensor> optimizer;      // may be empty
  Config trainer_state;                    // null: none
};

// Builds the folder under another name beside `folder`, syncs it and renames it; an empty folder is filled. What is
// there already is replaced when it is a checkpoint and nothing else is in it; anything else is E_IO_OUTPUT, a link
// too. Throws E_IO_WRITE, after which nothing of it is left and nothing else was touched.
STRATA_API void save_checkpoint(const std::string& folder, const CheckpointContents& contents);

// How much of a checkpoint is read to believe it.
enum class Verify {
  model,  // that all files are there and as long as they were, and unaltered save for what only training reads
  all     // and all unaltered
};
// Throws E_CHECKPOINT_DAMAGED naming the file, what is expected and what was found, and in the hint the newest
// checkpoint beside it that is intact; E_CHECKPOINT_MISSING when `folder` is no checkpoint, E_CHECKPOINT_FORMAT when
// another Strata wrote it; E_IO_READ when a file cannot be opened or read, which says nothing about its content.
STRATA_API void verify_checkpoint(const std::string& folder, Verify what = Verify::all);
// Whether verify_checkpoint finds nothing, Verify::all.
STRATA_API bool checkpoint_intact(const std::string& folder) noexcept;
// Of one file of the folder, which is then read: E_CHECKPOINT_DAMAGED as above.
STRATA_API void verify_checkpoint_file(const std::string& folder, const std::string& name);

// config.json, in which "plugins" holds records alone, whatever the file says; and the plugins that it recorded.
STRATA_API Config read_checkpoint_recipe(const std::string& folder);
STRATA_API std::vector<PluginInfo> read_checkpoint_plugins(const std::string& folder);

// Fills parameters that are materialised from `file`, in 8 bits those that it holds so; all or none. Throws
// E_CHECKPOINT_PARAMETERS naming those that are missing or not known, E_CHECKPOINT_SHAPE with both shapes,
// E_CHECKPOINT_SCALE when the scale of a row is no number.
STRATA_API void load_parameters(const std::string& file, std::span<const NamedParameter> parameters);
// The same for an optimizer's state.
STRATA_API void load_tensors(const std::string& file, std::span<const NamedTensor> tensors);

}  // namespace strata
