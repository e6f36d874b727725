// average_checkpoints: the mean of several checkpoints' weights as a checkpoint of its own (Vaswani et al., 2017,
// section 6.1).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/run/load_model.hpp"

namespace strata {

// What `strata average` was told to take: of a run folder its newest `last` checkpoints, oldest first; a checkpoint
// folder itself. E_CHECKPOINT_MISSING; E_CHECKPOINT_COUNT when a run has fewer.
STRATA_API std::vector<std::string> checkpoints_to_average(const std::string& path, std::int64_t last);

// Writes `output`: recipe and tokenizers of the last of `folders`, parameters that are the mean of all, summed in f64.
// Throws E_CHECKPOINT_PARAMETERS or E_CHECKPOINT_SHAPE when they are of different models, E_CHECKPOINT_VOCABULARY when
// their tokenizers differ, E_USAGE when there is none, and what load_model and save_checkpoint throw.
STRATA_API void average_checkpoints(std::span<const std::string> folders, const std::string& output,
                                    const Host& host = {});

}  // namespace strata
