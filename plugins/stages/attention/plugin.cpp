// The attention mechanisms of 2015 and 2017.
#include <strata/plugin.hpp>

#include "additive.hpp"
#include "luong.hpp"
#include "sdpa.hpp"

STRATA_PLUGIN("attention", "0.1.0", [](strata::Registry& r) {
  using strata::Attention;
  r.add<Attention, strata::AdditiveAttention>("additive",
                                              "attention with scores v^T tanh(W q + U k) (Bahdanau et al., 2015)",
                                              {.cross = true, .causal = true, .weights = true});
  r.add<Attention, strata::DotAttention>(
      "dot", "attention with scores q^T k; query and keys have the same width (Luong et al., 2015)",
      {.cross = true, .causal = true, .weights = true});
  r.add<Attention, strata::GeneralAttention>("general", "attention with scores q^T W k (Luong et al., 2015)",
                                             {.cross = true, .causal = true, .weights = true});
  r.add<Attention, strata::ConcatAttention>("concat", "attention with scores v^T tanh(W [q; k]) (Luong et al., 2015)",
                                            {.cross = true, .causal = true, .weights = true});
  r.add<Attention, strata::SdpaAttention>("sdpa",
                                          "multi-head attention softmax(q k^T / sqrt(D)) v (Vaswani et al., 2017)",
                                          {.cross = true,
                                           .causal = true,
                                           .incremental = true,
                                           .weights = true,
                                           .narrow = true,
                                           .in_place = true,
                                           .bias = true});
});
