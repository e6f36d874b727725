// average_checkpoints: writes a checkpoint with the mean of the weights of several checkpoints (Vaswani et al., 2017,
// section 6.1).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/run/load_model.hpp"

namespace strata {

// Returns the checkpoint folders that `strata average` reads for one path: for a run folder its newest `last`
// checkpoints, the oldest first; for a checkpoint folder the folder itself. Throws E_CHECKPOINT_MISSING, and
// E_CHECKPOINT_COUNT when a run has fewer than `last` checkpoints.
STRATA_API std::vector<std::string> checkpoints_to_average(const std::string& path, std::int64_t last);

// Writes the checkpoint `output`, whose parameters are the mean of those in `folders`, summed in f64; recipe and
// tokenizers are those of the last folder. Throws E_CHECKPOINT_PARAMETERS or E_CHECKPOINT_SHAPE when the models differ,
// E_CHECKPOINT_VOCABULARY when the tokenizers differ, E_USAGE when `folders` is empty, and what load_model() and
// save_checkpoint() throw.
STRATA_API void average_checkpoints(std::span<const std::string> folders, const std::string& output,
                                    const Host& host = {});

}  // namespace strata
