// The optimizer's updates, the norm of gradients and scaling in place. What changes from step to step (rate, factors)
// is read from the device, so that a step can be played again.
#include "kernels/rows.hpp"
#include "kernels/walk.hpp"

namespace strata::cuda {
namespace {

// Kingma and Ba (2015), algorithm 1; decoupled decay as in Loshchilov and Hutter (2019), algorithm 2.
template <class C>
struct AdamKernel {
  Walk<4> walk;
  Elements p, g, m, v;
  Elements rate, scale, correction1, correction2;  // one number each
  double beta1, beta2, eps, weight_decay;
  bool decoupled;
  STRATA_BOTH void operator()(std::int64_t i) const {
    std::int64_t at[4];
    walk.at(i, at);
    if (!is_finite(scale.load<double>(0))) return;
    const double r = rate.load<double>(0);
    const C b1 = static_cast<C>(beta1), b2 = static_cast<C>(beta2);
    const C decay = static_cast<C>(decoupled ? 0 : weight_decay);
    const C shrink = static_cast<C>(decoupled ? 1 - r * weight_decay : 1);
    const C step = static_cast<C>(r / correction1.load<double>(0));
    const C root = static_cast<C>(sqrt(correction2.load<double>(0)));
    const C old = p.load<C>(at[0]);
    const C gradient = static_cast<C>(scale.load<double>(0)) * g.load<C>(at[1]) + decay * old;
    const C first = b1 * m.load<C>(at[2]) + static_cast<C>(1 - beta1) * gradient;
    const C second = b2 * v.load<C>(at[3]) + static_cast<C>(1 - beta2) * gradient * gradient;
    m.store(at[2], first);
    v.store(at[3], second);
    p.store(at[0], shrink * old - step * first / (static_cast<C>(sqrt(second)) / root + static_cast<C>(eps)));
  }
};

void adam(const KernelCall& call) {
  const std::int32_t count = call.output_count / 3;
  const View* scalars = call.inputs + call.input_count - 4;
  for (std::int32_t i = 0; i < count; ++i) {
    const View &p = call.outputs[i], &g = call.inputs[i], &m = call.outputs[count + i],
               &v = call.outputs[2 * count + i];
    with_compute(p.dtype, [&](auto c) {
      const Walk<4> walk(p, {&p, &g, &m, &v});
      each(walk.count, call.stream, "adam_update",
           AdamKernel<decltype(c)>{walk, elements_of(p), elements_of(g), elements_of(m), elements_of(v),
                                   elements_of(scalars[0]), elements_of(scalars[1]), elements_of(scalars[2]),
                                   elements_of(scalars[3]), call.attributes.number("beta1"),
                                   call.attributes.number("beta2"), call.attributes.number("eps"),
                                   call.attributes.number("weight_decay"), call.attributes.flag("decoupled")});
    });
  }
}

template <class C>
struct SgdKernel {
  Walk<3> walk;
  Elements p, g, buffer, rate, scale;
  double weight_decay, momentum;
  bool has_buffer, nesterov;
  STRATA_BOTH void operator()(std::int64_t i) const {
    std::int64_t at[3];
    walk.at(i, at);
    if (!is_finite(scale.load<double>(0))) return;
    const C r = static_cast<C>(rate.load<double>(0)), mu = static_cast<C>(momentum), old = p.load<C>(at[0]);
    C step = static_cast<C>(scale.load<double>(0)) * g.load<C>(at[1]) + static_cast<C>(weight_decay) * old;
    if (has_buffer) {
      const C moved = mu * buffer.load<C>(at[2]) + step;
      buffer.store(at[2], moved);
      step = nesterov ? step + mu * moved : moved;
    }
    p.store(at[0], old - r * step);
  }
};

void sgd(const KernelCall& call) {
  const std::int32_t count = call.input_count - 2;
  const View* scalars = call.inputs + count;
  for (std::int32_t i = 0; i < count; ++i) {
    const View &p = call.outputs[i], &g = call.inputs[i];
    const bool has_buffer = call.output_count > count;
    const View& buffer = has_buffer ? call.outputs[count + i] : p;
    with_compute(p.dtype, [&](auto c) {
      const Walk<3> walk(p, {&p, &g, &buffer});
      each(walk.count, call.stream, "sgd_update",
           SgdKernel<decltype(c)>{walk, elements_of(p), elements_of(g), elements_of(buffer), elements_of(scalars[0]),
                                  elements_of(scalars[1]), call.attributes.number("weight_decay"),
                                  call.attributes.number("momentum"), has_buffer, call.attributes.flag("nesterov")});
    });
  }
}

constexpr std::int64_t kBlock = 4096;

// sums[block] = the sum of squares of the block's elements.
struct SquaresKernel {
  Elements x;
  Axes axes;
  double* sums;
  template <class T>
  STRATA_BOTH void operator()(std::int64_t block, T& team) const {
    const std::int64_t end = (block + 1) * kBlock < axes.size ? (block + 1) * kBlock : axes.size;
    double total = 0;
    for (std::int64_t i = block * kBlock + team.rank(); i < end; i += team.size()) {
      const double value = x.load<double>(axes.at(i));
      total += value * value;
    }
    total = team.all(total, Plus{});
    if (team.rank() == 0) sums[block] = total;
  }
};

struct TotalKernel {
  const double* sums;
  std::int64_t count;
  double* to;
  template <class T>
  STRATA_BOTH void operator()(std::int64_t, T& team) const {
    double total = 0;
    for (std::int64_t i = team.rank(); i < count; i += team.size()) total += sums[i];
    total = team.all(total, Plus{});
    if (team.rank() == 0) *to = total;
  }
};

void squared_norm(const KernelCall& call) {
  const auto blocks_of = [](const View& x) { return (x.numel() + kBlock - 1) / kBlock; };
  std::int64_t blocks = 0, at = 0;
  for (std::int32_t k = 0; k < call.input_count; ++k) blocks += blocks_of(call.inputs[k]);
  double* sums = call.workspace->take<double>(blocks);
  for (std::int32_t k = 0; k < call.input_count; ++k) {
    const View& x = call.inputs[k];
    Axes axes = axes_of(x);
    if (x.contiguous()) {
      axes = Axes{};
      axes.add(x.numel(), 1);
    }
    rows(blocks_of(x), call.stream, "squared_norm", SquaresKernel{elements_of(x), axes, sums + at});
    at += blocks_of(x);
  }
  rows(1, call.stream, "squared_norm", TotalKernel{sums, blocks, call.outputs[0].as<double>()});
}

template <class C>
struct ScaleKernel {
  Walk<1> walk;
  Elements y, factor;
  STRATA_BOTH void operator()(std::int64_t i) const {
    std::int64_t at[1];
    walk.at(i, at);
    y.store(at[0], y.load<C>(at[0]) * static_cast<C>(factor.load<double>(0)));
  }
};

void scale_in_place(const KernelCall& call) {
  for (std::int32_t k = 0; k < call.output_count; ++k) {
    const View& y = call.outputs[k];
    with_compute(y.dtype, [&](auto c) {
      const Walk<1> walk(y, {&y});
      each(walk.count, call.stream, "scale_in_place",
           ScaleKernel<decltype(c)>{walk, elements_of(y), elements_of(call.inputs[0])});
    });
  }
}

}  // namespace

void add_update(Rows& rows) {
  rows.push_back(row_of("adam_update", adam));
  rows.push_back(row_of("sgd_update", sgd));
  rows.push_back(row_of("squared_norm", squared_norm));
  rows.push_back(row_of("scale_in_place", scale_in_place));
}

}  // namespace strata::cuda
