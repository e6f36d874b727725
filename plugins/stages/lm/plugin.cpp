// Stage 4: recurrent language models.
#include <strata/plugin.hpp>

#include "model.hpp"

STRATA_PLUGIN("lm", "0.1.0", [](strata::Registry& r) {
  using namespace strata;
  r.add<Model, LanguageModel>("lm", "recurrent language model over a stream of tokens (Mikolov et al., 2010)",
                              {.feed = "stream"})
      .needs("cell/lstm");
  r.add<Model, LanguageModelOf<AwdLstmOptions>>(
       "awd_lstm", "recurrent language model with the dropouts and penalties of AWD-LSTM (Merity et al., 2018)",
       {.feed = "stream"})
      .needs("cell/lstm");
});
