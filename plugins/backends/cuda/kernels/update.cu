// The optimizer's updates and running means: dense f32 tensors in one launch, others each by a general kernel. What
// changes from step to step (rate, factors) is read from the device, so that a step can be played again; where the
// gradients' factor is no finite number, nothing is changed.
#include "kept.hpp"
#include "kernels/many.hpp"
#include "kernels/rows.hpp"
#include "kernels/walk.hpp"

namespace strata::cuda {
namespace {

bool plain(const View& view) { return view.dtype == DType::f32 && view.contiguous(); }

// Kingma and Ba (2015), algorithm 1; decoupled decay as in Loshchilov and Hutter (2019), algorithm 2.
struct AdamOptions {
  Elements rate, scale, correction1, correction2;  // one number each
  double beta1, beta2, eps, weight_decay;
  bool decoupled;

  explicit AdamOptions(const KernelCall& call)
      : rate(elements_of(call.inputs[call.input_count - 4])),
        scale(elements_of(call.inputs[call.input_count - 3])),
        correction1(elements_of(call.inputs[call.input_count - 2])),
        correction2(elements_of(call.inputs[call.input_count - 1])),
        beta1(call.attributes.number("beta1")),
        beta2(call.attributes.number("beta2")),
        eps(call.attributes.number("eps")),
        weight_decay(call.attributes.number("weight_decay")),
        decoupled(call.attributes.flag("decoupled")) {}
};
template <class C>
struct Adam {
  C beta1, beta2, rest1, rest2, eps, scale, decay, shrink, step, root;
  bool acts;

  STRATA_BOTH explicit Adam(const AdamOptions& options)
      : beta1(static_cast<C>(options.beta1)),
        beta2(static_cast<C>(options.beta2)),
        rest1(static_cast<C>(1 - options.beta1)),
        rest2(static_cast<C>(1 - options.beta2)),
        eps(static_cast<C>(options.eps)),
        scale(options.scale.load<C>(0)),
        decay(static_cast<C>(options.decoupled ? 0 : options.weight_decay)),
        shrink(static_cast<C>(options.decoupled ? 1 - options.rate.load<double>(0) * options.weight_decay : 1)),
        step(static_cast<C>(options.rate.load<double>(0) / options.correction1.load<double>(0))),
        root(static_cast<C>(sqrt(options.correction2.load<double>(0)))),
        acts(is_finite(scale)) {}
  STRATA_BOTH void operator()(C* p, C given, C* m, C* v) const {
    const C gradient = scale * given + decay * *p;
    *m = beta1 * *m + rest1 * gradient;
    *v = beta2 * *v + rest2 * gradient * gradient;
    *p = shrink * *p - step * *m / (static_cast<C>(sqrt(*v)) / root + eps);
  }
};

struct AdamChunksKernel {
  Chunks<4> chunks;  // p, g, m, v
  AdamOptions options;
  template <class Team>
  STRATA_BOTH void operator()(std::int64_t chunk, Team& team) const {
    const Adam<float> rule(options);
    if (!rule.acts) return;
    const auto piece = chunks.piece(chunk);
    float* const p = chunks.at<float>(piece, 0);
    const float* const g = chunks.at<const float>(piece, 1);
    float *const m = chunks.at<float>(piece, 2), *const v = chunks.at<float>(piece, 3);
    each_part(parts_of<4>(piece.size, p, g, m, v), team, [&](std::int64_t j, auto width) {
      constexpr int kN = decltype(width)::value;
      Values<float, kN> values = load<kN>(p + j), first = load<kN>(m + j), second = load<kN>(v + j);
      const Values<float, kN> gradients = load<kN>(g + j);
      for (int k = 0; k < kN; ++k) rule(&values.at[k], gradients.at[k], &first.at[k], &second.at[k]);
      store<kN>(p + j, values);
      store<kN>(m + j, first);
      store<kN>(v + j, second);
    });
  }
};

template <class C>
struct AdamKernel {
  StridedLoop<4> walk;
  Elements p, g, m, v;
  AdamOptions options;
  STRATA_BOTH void operator()(std::int64_t i) const {
    const Adam<C> rule(options);
    if (!rule.acts) return;
    std::int64_t at[4];
    walk.at(i, at);
    C value = p.load<C>(at[0]), first = m.load<C>(at[2]), second = v.load<C>(at[3]);
    rule(&value, g.load<C>(at[1]), &first, &second);
    p.store(at[0], value);
    m.store(at[2], first);
    v.store(at[3], second);
  }
};

void adam(const KernelCall& call) {
  const AdamOptions options(call);
  const auto launch = [&](const Chunks<4>& chunks) {
    rows(chunks.count(), call.stream, "adam_update", AdamChunksKernel{chunks, options});
  };
  Launches<4, decltype(launch)> together(launch);
  const std::int32_t count = call.output_count / 3;
  for (std::int32_t i = 0; i < count; ++i) {
    const View &p = call.outputs[i], &g = call.inputs[i], &m = call.outputs[count + i],
               &v = call.outputs[2 * count + i];
    if (plain(p) && plain(g) && plain(m) && plain(v)) {
      together.add({&p, &g, &m, &v});
      continue;
    }
    with_compute(p.dtype, [&](auto c) {
      const StridedLoop<4> walk(p, {&p, &g, &m, &v});
      each(walk.count, call.stream, "adam_update",
           AdamKernel<decltype(c)>{walk, elements_of(p), elements_of(g), elements_of(m), elements_of(v), options});
    });
  }
  together.flush();
  changes_together(call.outputs, count);
}

// Sutskever et al. (2013).
struct SgdOptions {
  Elements rate, scale;  // one number each
  double weight_decay, momentum;
  bool has_buffer, nesterov;

  explicit SgdOptions(const KernelCall& call)
      : rate(elements_of(call.inputs[call.input_count - 2])),
        scale(elements_of(call.inputs[call.input_count - 1])),
        weight_decay(call.attributes.number("weight_decay")),
        momentum(call.attributes.number("momentum")),
        has_buffer(call.output_count > call.input_count - 2),
        nesterov(call.attributes.flag("nesterov")) {}
};
template <class C>
struct Sgd {
  C rate, scale, decay, momentum;
  bool has_buffer, nesterov, acts;

  STRATA_BOTH explicit Sgd(const SgdOptions& options)
      : rate(options.rate.load<C>(0)),
        scale(options.scale.load<C>(0)),
        decay(static_cast<C>(options.weight_decay)),
        momentum(static_cast<C>(options.momentum)),
        has_buffer(options.has_buffer),
        nesterov(options.nesterov),
        acts(is_finite(scale)) {}
  // Without a buffer `b` is not used.
  STRATA_BOTH void operator()(C* p, C given, C* b) const {
    C step = scale * given + decay * *p;
    if (has_buffer) {
      *b = momentum * *b + step;
      step = nesterov ? step + momentum * *b : *b;
    }
    *p -= rate * step;
  }
};

struct SgdChunksKernel {
  Chunks<3> chunks;  // p, g, buffer (p again where there is none)
  SgdOptions options;
  template <class Team>
  STRATA_BOTH void operator()(std::int64_t chunk, Team& team) const {
    const Sgd<float> rule(options);
    if (!rule.acts) return;
    const auto piece = chunks.piece(chunk);
    float* const p = chunks.at<float>(piece, 0);
    const float* const g = chunks.at<const float>(piece, 1);
    float* const b = chunks.at<float>(piece, 2);
    each_part(parts_of<4>(piece.size, p, g, b), team, [&](std::int64_t j, auto width) {
      constexpr int kN = decltype(width)::value;
      Values<float, kN> values = load<kN>(p + j), moved{};
      if (rule.has_buffer) moved = load<kN>(b + j);
      const Values<float, kN> gradients = load<kN>(g + j);
      for (int k = 0; k < kN; ++k) rule(&values.at[k], gradients.at[k], &moved.at[k]);
      store<kN>(p + j, values);
      if (rule.has_buffer) store<kN>(b + j, moved);
    });
  }
};

template <class C>
struct SgdKernel {
  StridedLoop<3> walk;
  Elements p, g, buffer;
  SgdOptions options;
  STRATA_BOTH void operator()(std::int64_t i) const {
    const Sgd<C> rule(options);
    if (!rule.acts) return;
    std::int64_t at[3];
    walk.at(i, at);
    C value = p.load<C>(at[0]), moved = rule.has_buffer ? buffer.load<C>(at[2]) : C{0};
    rule(&value, g.load<C>(at[1]), &moved);
    p.store(at[0], value);
    if (rule.has_buffer) buffer.store(at[2], moved);
  }
};

void sgd(const KernelCall& call) {
  const SgdOptions options(call);
  const auto launch = [&](const Chunks<3>& chunks) {
    rows(chunks.count(), call.stream, "sgd_update", SgdChunksKernel{chunks, options});
  };
  Launches<3, decltype(launch)> together(launch);
  const std::int32_t count = call.input_count - 2;
  for (std::int32_t i = 0; i < count; ++i) {
    const View &p = call.outputs[i], &g = call.inputs[i], &buffer = options.has_buffer ? call.outputs[count + i] : p;
    if (plain(p) && plain(g) && plain(buffer)) {
      together.add({&p, &g, &buffer});
      continue;
    }
    with_compute(p.dtype, [&](auto c) {
      const StridedLoop<3> walk(p, {&p, &g, &buffer});
      each(walk.count, call.stream, "sgd_update",
           SgdKernel<decltype(c)>{walk, elements_of(p), elements_of(g), elements_of(buffer), options});
    });
  }
  together.flush();
  changes_together(call.outputs, count);
}

// What a running mean keeps of itself, and takes of the value.
template <class C>
struct Mean {
  C kept, taken;
  bool acts;

  STRATA_BOTH Mean(const Elements& given, const Elements& flaw) {
    const double decay = given.load<double>(0) + flaw.load<double>(0);
    kept = static_cast<C>(decay);
    taken = static_cast<C>(1 - decay);
    acts = is_finite(decay);
  }
};

struct MeanChunksKernel {
  Chunks<2> chunks;  // mean, value
  Elements decay, flaw;
  template <class Team>
  STRATA_BOTH void operator()(std::int64_t chunk, Team& team) const {
    const Mean<float> rule(decay, flaw);
    if (!rule.acts) return;
    const auto piece = chunks.piece(chunk);
    float* const mean = chunks.at<float>(piece, 0);
    const float* const value = chunks.at<const float>(piece, 1);
    each_part(parts_of<4>(piece.size, mean, value), team, [&](std::int64_t j, auto width) {
      constexpr int kN = decltype(width)::value;
      Values<float, kN> means = load<kN>(mean + j);
      const Values<float, kN> values = load<kN>(value + j);
      for (int k = 0; k < kN; ++k) means.at[k] = rule.kept * means.at[k] + rule.taken * values.at[k];
      store<kN>(mean + j, means);
    });
  }
};

template <class C>
struct MeanKernel {
  StridedLoop<2> walk;
  Elements mean, value, decay, flaw;
  STRATA_BOTH void operator()(std::int64_t i) const {
    const Mean<C> rule(decay, flaw);
    if (!rule.acts) return;
    std::int64_t at[2];
    walk.at(i, at);
    mean.store(at[0], rule.kept * mean.load<C>(at[0]) + rule.taken * value.load<C>(at[1]));
  }
};

void mean_update(const KernelCall& call) {
  const std::int32_t count = call.output_count;
  const Elements decay = elements_of(call.inputs[count]), flaw = elements_of(call.inputs[count + 1]);
  const auto launch = [&](const Chunks<2>& chunks) {
    rows(chunks.count(), call.stream, "mean_update", MeanChunksKernel{chunks, decay, flaw});
  };
  Launches<2, decltype(launch)> together(launch);
  for (std::int32_t i = 0; i < count; ++i) {
    const View &mean = call.outputs[i], &value = call.inputs[i];
    if (plain(mean) && plain(value)) {
      together.add({&mean, &value});
      continue;
    }
    with_compute(mean.dtype, [&](auto c) {
      const StridedLoop<2> walk(mean, {&mean, &value});
      each(walk.count, call.stream, "mean_update",
           MeanKernel<decltype(c)>{walk, elements_of(mean), elements_of(value), decay, flaw});
    });
  }
  together.flush();
}

}  // namespace

void add_update(Rows& rows) {
  rows.push_back(row_of("adam_update", adam));
  rows.push_back(row_of("sgd_update", sgd));
  rows.push_back(row_of("mean_update", mean_update));
}

}  // namespace strata::cuda
