// Stage 1: the recurrent encoder-decoder.
#include <strata/plugin.hpp>

#include "model.hpp"

STRATA_PLUGIN("seq2seq", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Model, strata::Seq2Seq>("seq2seq", "recurrent encoder-decoder, with or without attention")
      .needs("cell/lstm");
});
