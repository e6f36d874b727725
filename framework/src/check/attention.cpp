// What an attention promises (nn/attention.hpp). Legend: B batch, R rows = B*n (n beams), Tq query time, Tk key time, W
// width.
#include "check/attention.hpp"

#include <fmt/format.h>

#include "strata/autograd/backward.hpp"
#include "strata/core/error.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"
#include "strata/plugin/registry.hpp"

namespace strata::detail {
namespace {

constexpr std::int64_t kWidth = 16, kBatch = 2, kQueries = 3, kKeys = 5;
constexpr double kExact = 1e-10;  // two ways to one sum in f64

class AttentionChecks {
 public:
  AttentionChecks(const Config& spec, const CheckOptions& options, Registry& registry)
      : spec_(spec), seed_(options.seed), registry_(registry), traits_(make(DType::f64)->traits()) {}

  std::vector<CheckRow> run(const CheckOptions& options, const Host& host) {
    if (!traits_.cross && !traits_.causal) {
      throw Error("E_PLUGIN_CHECK", "attention/" + spec_text(), "it can read neither another sequence nor its own past",
                  "traits: set cross or causal");
    }
    checks_.property("gradients", [&] { return gradients(); });
    checks_.property("padding", [&] { return padding(); });
    checks_.property("batch", [&] { return batch(); });
    if (traits_.cross) {
      checks_.property("beams", [&] { return beams(); });
    } else {
      checks_.skip("beams", "it reads no other sequence");
    }
    checks_.property("lengths", [&] { return lengths(); });
    checks_.property("causal", [&] { return traits_.causal ? hides_the_future() : refuses_to_hide(); });
    if (traits_.incremental) {
      checks_.property("incremental", [&] { return incremental(); });
    } else {
      checks_.property("incremental", [&] { return refuses_to_grow(); });
    }
    checks_.property("weights", [&] { return traits_.weights ? weights() : no_weights(); });
    checks_.property("state", [&] { return state(); });
    checks_.property("determinism", [&] { return determinism(); });
    checks_.property("bf16", [&] { return half(); });
    checks_.property("kernels", [&] { return kernels(); });
    checks_.devices(registry_, [&] {
      const auto mechanism = make(DType::f32);
      return context_of(*mechanism, input(4, 7, "query", DType::f32), input(4, 33, "keys", DType::f32));
    });
    checks_.property("file", [&] { return file(); });
    checks_.property("memory", [&] { return memory(); });
    for (const std::int64_t length : {64, 256, 1024}) {
      checks_.measure(fmt::format("cost at {}", length),
                      [&] { return attention_cost(*make(DType::f32), traits_, length); });
    }
    if (options.skip_training) {
      checks_.skip("learning", "left out as asked");
    } else if (!traits_.cross) {
      checks_.skip("learning", "the encoder-decoder needs one that reads another sequence");
    } else {
      // With a decoder that starts from zeros, all that it knows of the source comes through the attention.
      checks_.property("learning", [&] {
        return check_learning({{"model.decoder.attention", spec_}, {"model.bridge", "zero"}}, options, host);
      });
    }
    return checks_.take();
  }

 private:
  std::string spec_text() const { return spec_.is_string() ? spec_.string() : spec_.at("type").string(); }

  std::shared_ptr<Attention> make(DType dtype, std::int64_t seed_more = 0) const {
    auto made = registry_.make<Attention>(spec_, {kWidth, kWidth});
    made->materialise(static_cast<std::uint64_t>(seed_ + seed_more), dtype);
    return made;
  }
  Tensor input(std::int64_t rows, std::int64_t time, const char* name, DType dtype = DType::f64) const {
    return random_input({rows, time, kWidth}, seed_, name, dtype);
  }
  Mask mask_of(const std::vector<std::int64_t>& lengths, std::int64_t time) const {
    const auto rows = static_cast<std::int64_t>(lengths.size());
    Mask mask = lengths.empty() ? Mask() : Mask::of_lengths(Tensor::from(lengths, {rows}), time);
    mask.causal = !traits_.cross;
    return mask;
  }
  // Over another sequence where it can, else over its own.
  Attended attended(Attention& mechanism, const Tensor& query, const Tensor& keys, const Mask& mask) const {
    if (!traits_.cross) return mechanism.self(keys, nullptr, mask);
    return mechanism.attend(query, mechanism.prepare(keys, keys, mask), mask);
  }
  Tensor context_of(Attention& mechanism, const Tensor& query, const Tensor& keys, const Mask& mask = {}) const {
    Mask with = mask;
    with.causal = with.causal || !traits_.cross;
    Tensor context = attended(mechanism, query, keys, with).context;
    if (context.rank() != 3 || context.size(2) != mechanism.context_width()) {
      throw CheckFailed{"the context is " + context.shape().str() + ", context_width() says " +
                        std::to_string(mechanism.context_width())};
    }
    return context;
  }

  std::string gradients() const {
    const auto mechanism = make(DType::f64);
    const Mask mask = mask_of({kKeys, 3}, kKeys);
    return check_gradients(
        *mechanism, {input(kBatch, kQueries, "query"), input(kBatch, kKeys, "keys")},
        [&](std::span<const Tensor> in) { return Tensors{context_of(*mechanism, in[0], in[1], mask)}; }, seed_);
  }

  // What stands behind a row's end must not count, whatever it is; and no key at all is no error.
  std::string padding() const {
    const auto mechanism = make(DType::f64);
    const Tensor query = input(kBatch, kQueries, "query"), keys = input(kBatch, kKeys, "keys");
    const Mask mask = mask_of({kKeys, 3}, kKeys);
    const Tensor all = context_of(*mechanism, query, keys, mask);
    const Tensor row = slice(query, 0, 1, 2), valid = slice(slice(keys, 0, 1, 2), 1, 0, 3);
    const Tensor alone = context_of(*mechanism, row, valid);
    const std::int64_t positions = alone.size(1);  // of itself: the valid ones
    const double worst =
        require_close(slice(slice(all, 0, 1, 2), 1, 0, positions), alone, kExact, "a padded row and the same alone");
    if (traits_.cross) {
      const Tensor none = context_of(*mechanism, query, keys, mask_of({kKeys, 0}, kKeys));
      require_finite(none, "a row without a valid key");
    }
    return difference_text(worst, kExact);
  }

  std::string batch() const {
    const auto mechanism = make(DType::f64);
    const Tensor query = input(kBatch, kQueries, "query"), keys = input(kBatch, kKeys, "keys");
    const Tensor all = context_of(*mechanism, query, keys);
    double worst = 0;
    for (std::int64_t b = 0; b < kBatch; ++b) {
      worst = std::max(worst, require_close(slice(all, 0, b, b + 1),
                                            context_of(*mechanism, slice(query, 0, b, b + 1), slice(keys, 0, b, b + 1)),
                                            kExact, "row " + std::to_string(b) + " in a batch and alone"));
    }
    return difference_text(worst, kExact);
  }

  std::string beams() const {
    const auto mechanism = make(DType::f64);
    const std::int64_t rows = 2 * kBatch;
    const Tensor query = input(rows, 1, "query"), keys = input(kBatch, kKeys, "keys");
    const Tensor repeated = index_rows(keys, Tensor::from(std::vector<std::int64_t>{0, 0, 1, 1}, {rows}));
    const double worst = require_close(context_of(*mechanism, query, keys, mask_of({kKeys, 3}, kKeys)),
                                       context_of(*mechanism, query, repeated, mask_of({kKeys, kKeys, 3, 3}, kKeys)),
                                       kExact, "two rows that share a sentence and the same with a sentence each");
    return difference_text(worst, kExact);
  }

  std::string lengths() const {
    const auto mechanism = make(DType::f32);
    for (const std::int64_t length : {1, 2, 257, 1000}) {
      const Tensor context =
          context_of(*mechanism, input(1, 1, "query", DType::f32), input(1, length, "keys", DType::f32));
      require_finite(context, std::to_string(length) + " keys");
    }
    return "1, 2, 257 and 1,000 keys";
  }

  // Row by row: what comes later may be anything.
  std::string hides_the_future() const {
    const auto mechanism = make(DType::f64);
    Mask past;
    past.causal = true;
    const Tensor x = input(1, kKeys, "keys"), other = input(1, kKeys, "other");
    const Tensor whole = mechanism->self(x, nullptr, past).context;
    for (std::int64_t t = 0; t + 1 < kKeys; ++t) {
      const Tensor changed = concat({slice(x, 1, 0, t + 1), slice(other, 1, t + 1, kKeys)}, 1);
      require_close(slice(mechanism->self(changed, nullptr, past).context, 1, 0, t + 1), slice(whole, 1, 0, t + 1),
                    kExact, "position " + std::to_string(t) + " when the future changes");
    }
    return "no position sees a later one";
  }
  std::string refuses_to_hide() const {
    const auto mechanism = make(DType::f64);
    Mask past;
    past.causal = true;
    try {
      (void)mechanism->self(input(1, kKeys, "keys"), nullptr, past);
    } catch (const Error& fault) {
      if (fault.code() == "E_MODEL_ATTENTION") return "refused, as its traits say";
      throw;
    }
    throw CheckFailed{"it takes a mask that hides the future, but its traits lack 'causal'"};
  }

  std::string incremental() const {
    const auto mechanism = make(DType::f64);
    const Tensor x = input(kBatch, kKeys, "keys");
    Mask past;
    past.causal = true;
    const Tensor whole = mechanism->self(x, nullptr, past).context;
    Memory cache;
    double worst = 0;
    for (std::int64_t t = 0; t < kKeys; ++t) {
      worst = std::max(
          worst, require_close(mechanism->self(slice(x, 1, t, t + 1), &cache, past).context, slice(whole, 1, t, t + 1),
                               kExact, "step " + std::to_string(t) + " over a grown memory and the whole"));
    }
    return difference_text(worst, kExact);
  }
  std::string refuses_to_grow() const {
    const auto mechanism = make(DType::f64);
    const Tensor keys = input(1, kKeys, "keys");
    Memory grown = mechanism->prepare(keys, keys, {});
    try {
      mechanism->append(grown, keys, keys, {});
    } catch (const Error& fault) {
      if (fault.code() == "E_MODEL_ATTENTION") return "refused, as its traits say";
      throw;
    }
    throw CheckFailed{"append() works, but its traits lack 'incremental'"};
  }

  std::string weights() const {
    constexpr double kTolerance = 1e-5;
    const auto mechanism = make(DType::f32);
    const Tensor query = input(kBatch, kQueries, "query", DType::f32), keys = input(kBatch, kKeys, "keys", DType::f32);
    const Mask mask = mask_of({kKeys, 3}, kKeys);
    if (attended(*mechanism, query, keys, mask).weights.defined()) {
      throw CheckFailed{"weights were computed when nobody asked for them"};
    }
    context().capture_weights = true;
    const Tensor found = attended(*mechanism, query, keys, mask).weights;
    const std::int64_t queries = traits_.cross ? kQueries : kKeys;
    if (!found.defined() || !(found.shape() == Shape{kBatch, queries, kKeys})) {
      throw CheckFailed{"no weights " + Shape{kBatch, queries, kKeys}.str() + " when asked for"};
    }
    const Tensor rows = traits_.cross ? found : slice(found, 1, 0, 3);  // its own padded positions count for nothing
    const Tensor totals = sum(rows, {2});
    const double worst = require_close(totals, Tensor::full(totals.shape(), 1), kTolerance, "sum of a row's weights");
    const Tensor hidden = slice(slice(rows, 0, 1, 2), 2, 3, kKeys);
    require_same(hidden, Tensor::zeros(hidden.shape()), "weights of keys that are hidden");
    return "rows sum to one: " + difference_text(worst, kTolerance);
  }
  std::string no_weights() const {
    context().capture_weights = true;
    const auto mechanism = make(DType::f32);
    const Attended found = attended(*mechanism, input(kBatch, kQueries, "query", DType::f32),
                                    input(kBatch, kKeys, "keys", DType::f32), mask_of({}, kKeys));
    if (found.weights.defined()) throw CheckFailed{"it gives weights, but its traits lack 'weights'"};
    return "none, as its traits say";
  }

  // Nothing of one call is left for the next: other inputs, other lengths, another memory in between.
  std::string state() const {
    const auto mechanism = make(DType::f32);
    const Tensor query = input(kBatch, kQueries, "query", DType::f32), keys = input(kBatch, kKeys, "keys", DType::f32);
    const Tensor first = context_of(*mechanism, query, keys);
    (void)context_of(*mechanism, input(1, 2, "other query", DType::f32), input(1, 9, "other keys", DType::f32));
    require_same(context_of(*mechanism, query, keys), first, "a call, another, and the first again");
    if (!traits_.cross) return "the same bits after another call";
    const Mask mask = mask_of({}, kKeys);
    const Memory one = mechanism->prepare(keys, keys, mask);
    const Tensor other = input(kBatch, kKeys, "other keys", DType::f32);
    (void)mechanism->prepare(other, other, mask);
    require_same(mechanism->attend(query, one, mask).context, first, "a memory after another one was prepared");
    return "the same bits after another call and another memory";
  }

  std::string determinism() const {
    return check_determinism([&] {
      const auto mechanism = make(DType::f32);
      const Tensor query = input(4, 7, "query", DType::f32).require_grad(),
                   keys = input(4, 33, "keys", DType::f32).require_grad();
      return output_and_gradients(*mechanism, {query, keys}, context_of(*mechanism, query, keys));
    });
  }

  std::string half() const {
    const auto mechanism = make(DType::f32);
    const Tensor query = input(kBatch, kQueries, "query", DType::f32), keys = input(kBatch, kKeys, "keys", DType::f32);
    return check_half([&](DType compute) { return context_of(*mechanism, cast(query, compute), cast(keys, compute)); });
  }

  std::string kernels() const {
    const auto mechanism = make(DType::f32);
    const Tensor query = input(4, 7, "query", DType::f32), keys = input(4, 33, "keys", DType::f32);
    return check_kernels([&] { return context_of(*mechanism, query, keys); });
  }

  std::string file() const {
    const auto one = make(DType::f32), two = make(DType::f32, 1);
    const Tensor query = input(kBatch, kQueries, "query", DType::f32), keys = input(kBatch, kKeys, "keys", DType::f32);
    return check_file(*one, *two, [&](bool second) { return context_of(second ? *two : *one, query, keys); });
  }

  std::string memory() const {
    const auto mechanism = make(DType::f32);
    const Tensor query = input(4, 7, "query", DType::f32).require_grad(),
                 keys = input(4, 33, "keys", DType::f32).require_grad();
    return check_leak([&] { backward(sum(context_of(*mechanism, query, keys))); });
  }

  Config spec_;
  std::int64_t seed_;
  Registry& registry_;
  Attention::Traits traits_;
  Checks checks_;
};

}  // namespace

std::vector<CheckRow> check_attention(const Config& spec, const CheckOptions& options, const Host& host) {
  return AttentionChecks(spec, options, host.registry).run(options, host);
}

}  // namespace strata::detail
