// What a recipe says of a decoder-only model, and the presets that are known by the names of their families.
#pragma once

#include <string>

#include "strata/nn/block_stack.hpp"
#include "strata/nn/sequence_layer.hpp"

namespace strata {

struct GptOptions {
  std::int64_t width = 768, layers = 12, heads = 12, kv_heads = 0, head_width = 0, hidden = 0, context = 1024,
               window = 0;
  std::string activation = "gelu_tanh", bias = "all";
  bool parallel = false, tie = true, checkpoint = false;
  double dropout = 0.1, deviation = 0.02;
  Slot<Positional> positions{"learned"};
  Slot<Norm> norm{"layer_norm"};
  Slot<Norm> qk_norm, embedding_norm;
  Slot<Attention> attention{"sdpa"};
  Slot<SequenceLayer> feed_forward{"feed_forward"};

  void visit(auto& option) {
    option("width", width, "width of the embeddings and of the blocks' inputs and outputs").range(1, 65536);
    option("layers", layers, "number of blocks").range(1, 1024);
    option("heads", heads, "number of attention heads").range(1, 1024);
    option("kv_heads", kv_heads, "number of heads of keys and values (0: as many as heads; 1: multi-query attention)")
        .range(0, 1024);
    option("head_width", head_width, "width of a head (0: width / heads)").range(0, 65536);
    option("hidden", hidden,
           "width of the feed-forward networks (0: 4 width, or with swiglu 8/3 width rounded up to a multiple of 64)")
        .range(0, 1 << 20);
    option("context", context, "largest number of tokens that the model reads at once").range(1, 1 << 30);
    option("window", window, "number of tokens, the own included, that a position reads at most (0: all before it)")
        .range(0, 1 << 30);
    option("activation", activation, "activation of the feed-forward networks")
        .one_of({"relu", "gelu", "gelu_tanh", "silu", "swiglu"});
    option("bias", bias, "products that add a bias: all, those of queries, keys and values, or none")
        .one_of({"all", "qkv", "none"});
    option("parallel", parallel, "switch for attention and feed-forward network that both read the block's input");
    option("tie", tie, "switch for one matrix that is both embedding and output");
    option("dropout", dropout,
           "probability of dropping an element of the embedded tokens, of an attention weight, and of what is added to "
           "the "
           "residual")
        .min(0)
        .below(1);
    option("deviation", deviation,
           "standard deviation of initial weights; those whose results are added to the residual have it divided by "
           "sqrt(2 layers)")
        .above(0)
        .max(10);
    option("checkpoint", checkpoint,
           "switch for computing the inside of each block again in the backward pass, which saves memory (Chen et al., "
           "2016)");
    option("positions", positions, "positional encoding");
    option("norm", norm, "norm before attention, before the feed-forward network and before the output");
    option("qk_norm", qk_norm, "norm of each head of queries and keys (left out: none)");
    option("embedding_norm", embedding_norm, "norm of the embedded tokens (left out: none)");
    option(
        "attention", attention,
        "attention mechanism; its heads, kv_heads, head_width and bias are those of the model, and so is its dropout "
        "unless it is given");
    option("feed_forward", feed_forward,
           "feed-forward network; its hidden, activation and bias are those of the model unless they are given");
  }
};

// The form of each family where it differs from GPT-2 (Radford et al., 2019).
struct LlamaOptions : GptOptions {  // Touvron et al., 2023
  LlamaOptions();
};
struct Qwen2Options : LlamaOptions {  // Yang et al., 2024
  Qwen2Options();
};
struct MistralOptions : LlamaOptions {  // Jiang et al., 2023
  MistralOptions();
};
struct NeoxOptions : GptOptions {  // Black et al., 2022
  NeoxOptions();
};
struct BloomOptions : GptOptions {  // Le Scao et al., 2022
  BloomOptions();
};

// Returns the block and the stack that the options describe: every part has what it needs from here. Throw E_CONFIG_GPT
// when a part has no option for a value that is not the default, or another value for what is the model's own.
Slot<Block> block_of(const GptOptions& options);
BlockStack::Options stack_options(const GptOptions& options);
// The width of a head.
std::int64_t head_width(const GptOptions& options);

}  // namespace strata
