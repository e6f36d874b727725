// The recurrent family: three cells.
#include <strata/plugin.hpp>

#include "cells.hpp"

STRATA_PLUGIN("recurrent", "0.1.0", [](strata::Registry& r) {
  using strata::Cell;
  r.add<Cell, strata::RnnCell>("rnn", "simple recurrence h' = tanh(W x + U h + b) (Elman, 1990)");
  r.add<Cell, strata::LstmCell>("lstm", "long short-term memory with forget gates (Gers et al., 2000)");
  r.add<Cell, strata::GruCell>("gru", "gated recurrent unit, with the reset gate after the product (Cho et al., 2014)");
});
