// load_ensemble: loads several runs as an Ensemble, which writes with the mean of their probabilities.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/decode/ensemble.hpp"
#include "strata/run/load_model.hpp"

namespace strata {

// The loaded models, which may be of different kinds, and the ensemble over them.
struct LoadedEnsemble {
  std::vector<LoadedModel> members;     // models, in the order of the paths
  std::unique_ptr<Ensemble> generator;  // ensemble of all of them
};

// Loads the runs or checkpoint folders at `paths` with load_model(). The context is set as the recipe of the first one
// says. Throws E_CHECKPOINT_VOCABULARY when their vocabularies differ, E_MODEL_CAPABILITY when a model is no Generator,
// and what load_model() throws.
STRATA_API LoadedEnsemble load_ensemble(std::span<const std::string> paths, std::string_view which = "best",
                                        const Host& host = {});

// Throws E_CHECKPOINT_VOCABULARY, naming `folder`, when its vocabularies are not those of the model `other`, because
// token ids would then have different meanings.
STRATA_API void require_same_vocabulary(const std::string& folder, const Tokenizers& tokenizers,
                                        const LoadedModel& other);

}  // namespace strata
