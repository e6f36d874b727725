// The attention mechanisms of 2015.
#include <strata/plugin.hpp>

#include "additive.hpp"
#include "luong.hpp"

STRATA_PLUGIN("attention", "0.1.0", [](strata::Registry& r) {
  using strata::Attention;
  r.add<Attention, strata::AdditiveAttention>("additive", "v^T tanh(W s + U h) (Bahdanau et al., 2015)",
                                              {.cross = true, .causal = true, .weights = true});
  r.add<Attention, strata::DotAttention>("dot", "q^T k, of equal widths (Luong et al., 2015)",
                                         {.cross = true, .causal = true, .weights = true});
  r.add<Attention, strata::GeneralAttention>("general", "q^T W k (Luong et al., 2015)",
                                             {.cross = true, .causal = true, .weights = true});
  r.add<Attention, strata::ConcatAttention>("concat", "v^T tanh(W [q; k]) (Luong et al., 2015)",
                                            {.cross = true, .causal = true, .weights = true});
});
