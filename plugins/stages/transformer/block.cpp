// A layer of the Transformer.
#include "block.hpp"

#include <optional>
#include <string>

#include "strata/core/plugin_call.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/tensor/context.hpp"

namespace strata {
namespace {

// What attention finds is added to the residual.
void require_width(const Attention& attention, std::string_view name, std::int64_t width) {
  if (attention.context_width() == width) return;
  throw Error("E_MODEL_ATTENTION", "block/transformer",
              "the attention '" + std::string(name) + "' gives a context " + std::to_string(attention.context_width()) +
                  " wide, which cannot be added to " + std::to_string(width));
}

void require_self_attention(const Attention& attention, std::string_view name, bool causal) {
  const Attention::Traits& traits = attention.traits();
  const char* missing = !causal ? nullptr : !traits.causal ? "causal" : !traits.incremental ? "incremental" : nullptr;
  if (missing == nullptr) return;
  throw Error("E_MODEL_ATTENTION", "block/transformer",
              "the attention '" + std::string(name) + "' cannot read a sequence that is being written (trait " +
                  missing + " is false)",
              "`strata plugins show attention` lists the others; it may serve as cross_attention");
}

}  // namespace

TransformerBlock::TransformerBlock(const Options& options, const Facts& facts)
    : norm_first_(options.norm_first),
      causal_(facts.causal),
      parallel_(options.parallel),
      window_(options.window),
      attention_(options.attention.type()),
      self_(options.attention.make({facts.width, facts.width, facts.positions})) {
  if (parallel_ && (!norm_first_ || facts.memory > 0)) {
    throw Error("E_CONFIG_BLOCK", "block/transformer",
                std::string("parallel needs ") + (norm_first_ ? "a stack that reads no other sequence" : "norm_first"),
                "set parallel to false");
  }
  require_self_attention(*self_, options.attention.type(), facts.causal);
  require_width(*self_, options.attention.type(), facts.width);
  child("self_attention", self_);
  self_place_ = place(options, facts, "self_attention");
  if (facts.memory > 0) {
    const Slot<Attention>& cross = options.cross_attention ? options.cross_attention : options.attention;
    cross_ = cross.make({facts.width, facts.memory});
    require_cross_attention(*cross_, cross.type(), "block/transformer");
    require_width(*cross_, cross.type(), facts.width);
    child("cross_attention", cross_);
    cross_place_ = place(options, facts, "cross_attention");
  }
  feed_forward_ = options.feed_forward.make({facts.width});
  child("feed_forward", feed_forward_);
  feed_forward_place_ = place(options, facts, "feed_forward");
}

TransformerBlock::Place TransformerBlock::place(const Options& options, const Facts& facts, const std::string& name) {
  Place made{options.norm.make({facts.width}), std::make_unique<Dropout>(options.dropout)};
  child(name + "_norm", made.norm);
  child(name + "_dropout", *made.dropout);
  return made;
}

std::string TransformerBlock::lacks(const Positional& positions) const {
  const std::string lack = self_->lacks(positions);
  return lack.empty() ? lack : "the attention '" + attention_ + "' " + lack;
}

template <class Sublayer>
Tensor TransformerBlock::within(const Place& place, const Tensor& x, const Sublayer& sublayer) const {
  const auto normed = [&](const Tensor& each) {
    return in_plugin("operator()", *place.norm, [&] { return (*place.norm)(each); });
  };
  if (norm_first_) return place.dropout->add_to(x, sublayer(normed(x)));
  return normed(place.dropout->add_to(x, sublayer(x)));
}

Block::State TransformerBlock::begin(const Tensor& memory, const Mask& mask) {
  State state;
  state.memory_mask = mask;
  state.memory = in_plugin("prepare()", *cross_, [&] { return cross_->prepare(memory, memory, mask); });
  return state;
}

Tensor TransformerBlock::attended(const Tensor& normed, const Mask& mask, State& state) const {
  Mask seen = mask;
  seen.causal = causal_;
  seen.window = window_;
  // Weights are captured of the attention over another sequence only.
  std::optional<ContextScope> scope;
  if (context().capture_weights) scope.emplace(), context().capture_weights = false;
  Memory* past = state.grows ? &state.past : nullptr;
  return in_plugin("self()", *self_, [&] { return self_->self(normed, past, seen); }).context;
}

Tensor TransformerBlock::fed_forward(const Tensor& normed) const {
  return in_plugin("operator()", *feed_forward_, [&] { return (*feed_forward_)(normed, {}); });
}

// x [R,T,C] -> [R,T,C]
Tensor TransformerBlock::operator()(const Tensor& x, const Mask& mask, State& state) {
  Tensor y = within(self_place_, x, [&](const Tensor& normed) { return attended(normed, mask, state); });
  if (parallel_) {
    const Tensor normed =
        in_plugin("operator()", *feed_forward_place_.norm, [&] { return (*feed_forward_place_.norm)(x); });
    return feed_forward_place_.dropout->add_to(y, fed_forward(normed));
  }
  if (cross_ != nullptr) {
    y = within(cross_place_, y, [&](const Tensor& query) {
      Attended found =
          in_plugin("attend()", *cross_, [&] { return cross_->attend(query, state.memory, state.memory_mask); });
      state.weights = found.weights;
      return found.context;
    });
  }
  return within(feed_forward_place_, y, [&](const Tensor& normed) { return fed_forward(normed); });
}

}  // namespace strata
