// load_ensemble: several runs that write together.
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

// Models of any stages, and what writes with the mean of their probabilities.
struct LoadedEnsemble {
  std::vector<LoadedModel> members;     // in the order of the paths
  std::unique_ptr<Ensemble> generator;  // of all of them
};

// The runs or checkpoint folders at `paths`, loaded as load_model does; the context is as the first one's recipe says.
// E_CHECKPOINT_VOCABULARY when their tokens differ, E_MODEL_CAPABILITY when one does not write.
STRATA_API LoadedEnsemble load_ensemble(std::span<const std::string> paths, std::string_view which = "best",
                                        const Host& host = {});

// E_CHECKPOINT_VOCABULARY, naming `folder`, when its tokens are not those of the loaded model: every number would have
// another sense.
STRATA_API void require_same_vocabulary(const std::string& folder, const Tokenizers& tokenizers,
                                        const LoadedModel& other);

}  // namespace strata
