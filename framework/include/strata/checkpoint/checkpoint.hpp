// Checkpoint: a folder from which a run can be resumed and a model can be loaded.
//
//   config.json              the recipe with all defaults; "plugins" lists the plugins that it needs, "strata" has
//                            the version of Strata, what the feed saved and all plugins used. A plugin is recorded
//                            by its name, version and SHA-256, never by a file name.
//   model.safetensors        parameters by name; a parameter in 8 bits is stored as NAME.codes and NAME.scale
//   vocab.txt, ...           the files of the tokenizers
//   optimizer.safetensors    state of the optimizer
//   trainer_state.json       counters, best metric values, position in the data and checksums of it
//   manifest.json            size and SHA-256 of each of these files; it is written last
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "strata/core/config.hpp"
#include "strata/core/export.hpp"
#include "strata/nn/layer.hpp"
#include "strata/nn/parameter.hpp"
#include "strata/plugin/role.hpp"
#include "strata/tensor/named_tensor.hpp"
#include "strata/text/tokenizer.hpp"

namespace strata {

// A file of a checkpoint that is taken as it is, such as generation_config.json.
struct CheckpointFile {
  std::string name, content;  // name without a folder; bytes
};

// The content that save_checkpoint() writes.
struct CheckpointContents {
  Config recipe;                           // completed recipe, without its "strata" member
  std::vector<PluginInfo> plugins;         // plugins that the run uses; their file names are not written
  std::vector<NamedParameter> parameters;  // parameters of the model
  Tokenizers tokenizers;                   // those of the model; may be empty
  Config feed;                             // Feed::saved() of the feed; may be null
  std::vector<NamedTensor> optimizer;      // its state; may be empty
  Config trainer_state;                    // counters of the trainer; null: none
  std::vector<CheckpointFile> files = {};  // further files; those that a tokenizer writes itself are left out
};

// Writes a checkpoint. The files are written to a temporary folder next to `folder`, synced to the disk, and the folder
// is renamed at the end. `folder` may be missing, empty, or a checkpoint without other files, which is then replaced;
// for anything else, a symbolic link included, this throws E_IO_OUTPUT. When writing fails it throws E_IO_WRITE,
// removes the temporary folder and leaves everything else as it was.
STRATA_API void save_checkpoint(const std::string& folder, const CheckpointContents& contents);

// How thoroughly verify_checkpoint() checks.
enum class Verify {
  // Every file exists and has its recorded size; the SHA-256 is compared except for files that only training reads.
  model,
  // As `model`, and the SHA-256 of every file is compared.
  all
};
// Compares a checkpoint with its manifest. Throws E_CHECKPOINT_DAMAGED, with the file, what was expected and what was
// found; the hint names the newest other checkpoint in the same folder that is intact. Throws E_CHECKPOINT_MISSING when
// `folder` is no checkpoint, E_CHECKPOINT_FORMAT when a version of Strata with another format wrote it, and E_IO_READ
// when a file cannot be opened or read, so that nothing is known about its content.
STRATA_API void verify_checkpoint(const std::string& folder, Verify what = Verify::all);
// True when verify_checkpoint(folder, Verify::all) finds no fault.
STRATA_API bool checkpoint_intact(const std::string& folder) noexcept;
// Verifies one file of the checkpoint before it is read. Throws E_CHECKPOINT_DAMAGED, as above.
STRATA_API void verify_checkpoint_file(const std::string& folder, const std::string& name);

// Reads config.json. Only records of plugins are taken from its "plugins" list; file names in it are dropped.
STRATA_API Config read_checkpoint_recipe(const std::string& folder);
// Returns what the feed saved (Feed::saved); null for a checkpoint of Strata 0.1.
STRATA_API Config read_checkpoint_feed(const std::string& folder);
// The plugins that config.json records.
STRATA_API std::vector<PluginInfo> read_checkpoint_plugins(const std::string& folder);

// Fills materialised parameters with the values in `file`; those that the file has in 8 bits become 8-bit parameters.
// When it throws, no parameter has changed. Throws E_CHECKPOINT_PARAMETERS naming the missing and the unknown
// parameters, E_CHECKPOINT_SHAPE with both shapes, and E_CHECKPOINT_SCALE when the scale of a row is negative or not
// finite.
STRATA_API void load_parameters(const std::string& file, std::span<const NamedParameter> parameters);
// Materialises a model with the values in `file`: none is drawn, and each goes from the file to its place. `seed` is
// that of random ops. Throws as load_parameters() does; the model is of no use then.
STRATA_API void materialise_from(const std::string& file, Layer& model, std::uint64_t seed);
// Fills the state of an optimizer as load_parameters() does.
STRATA_API void load_tensors(const std::string& file, std::span<const NamedTensor> tensors);

}  // namespace strata
