// Plain loops of the optimizer updates, the gradient norm, in-place scaling and running means.
#include <cmath>

#include "ops/cpu/plain.hpp"
#include "ops/families.hpp"

namespace strata::detail {
namespace {

double scalar_of(const View& view) {
  double value = 0;
  with_elements(view, [&](const auto* from) { value = load_element<double>(*from); });
  return value;
}

// 1 - beta^t by the exponential function, so that beta 0 gives 1.
void adam_begin(const KernelCall& call) {
  const std::int64_t step = ++*call.outputs[0].as<std::int64_t>();
  const auto correction = [&](const char* beta) {
    return 1 - std::exp(static_cast<double>(step) * std::log(call.attributes.number(beta)));
  };
  *call.outputs[1].as<double>() = correction("beta1");
  *call.outputs[2].as<double>() = correction("beta2");
}

// What the parameter-wise loops compute in: C is the parameter's type (f32 or f64). The factors come from doubles.
template <class C>
struct Adam {
  C beta1, beta2, rest1, rest2, eps, scale, decay, shrink, step, root_correction;

  explicit Adam(const KernelCall& call) {
    const View* scalars = call.inputs + call.input_count - 4;
    const double rate = scalar_of(scalars[0]), correction1 = scalar_of(scalars[2]), correction2 = scalar_of(scalars[3]);
    const double weight_decay = call.attributes.number("weight_decay");
    const bool decoupled = call.attributes.flag("decoupled");
    beta1 = static_cast<C>(call.attributes.number("beta1"));
    beta2 = static_cast<C>(call.attributes.number("beta2"));
    rest1 = static_cast<C>(1 - call.attributes.number("beta1"));
    rest2 = static_cast<C>(1 - call.attributes.number("beta2"));
    eps = static_cast<C>(call.attributes.number("eps"));
    scale = static_cast<C>(scalar_of(scalars[1]));
    decay = static_cast<C>(decoupled ? 0 : weight_decay);
    shrink = static_cast<C>(decoupled ? 1 - rate * weight_decay : 1);
    step = static_cast<C>(rate / correction1);
    root_correction = static_cast<C>(std::sqrt(correction2));
  }

  void operator()(C& p, C g, C& m, C& v) const {
    g = scale * g + decay * p;
    m = beta1 * m + rest1 * g;
    v = beta2 * v + rest2 * g * g;
    p = shrink * p - step * m / (std::sqrt(v) / root_correction + eps);
  }
};

template <class C>
void adam_one(const KernelCall& call, const std::array<const View*, 4>& views) {
  const Adam<C> rule(call);
  const View gradient = as_compute<C>(*views[1], call.workspace);
  const StridedLoop<4> walk(*views[0], {views[0], &gradient, views[2], views[3]});
  walk.run([&](const std::array<std::int64_t, 4>& at, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
      rule(views[0]->as<C>()[at[0] + i * walk.inner[0]], gradient.as<C>()[at[1] + i * walk.inner[1]],
           views[2]->as<C>()[at[2] + i * walk.inner[2]], views[3]->as<C>()[at[3] + i * walk.inner[3]]);
    }
  });
}

void adam(const KernelCall& call) {
  if (!std::isfinite(scalar_of(call.inputs[call.input_count - 3]))) return;
  const std::int32_t count = call.output_count / 3;
  for (std::int32_t i = 0; i < count; ++i) {
    const View* targets = call.outputs + i;
    const std::array<const View*, 4> views{targets, call.inputs + i, targets + count, targets + 2 * count};
    if (targets->dtype == DType::f64) {
      adam_one<double>(call, views);
    } else {
      adam_one<float>(call, views);
    }
  }
}

template <class C>
struct Sgd {
  C rate, scale, decay, momentum;
  bool nesterov;

  explicit Sgd(const KernelCall& call)
      : rate(static_cast<C>(scalar_of(call.inputs[call.input_count - 2]))),
        scale(static_cast<C>(scalar_of(call.inputs[call.input_count - 1]))),
        decay(static_cast<C>(call.attributes.number("weight_decay"))),
        momentum(static_cast<C>(call.attributes.number("momentum"))),
        nesterov(call.attributes.flag("nesterov")) {}

  void operator()(C& p, C g) const { p -= rate * (scale * g + decay * p); }
  void operator()(C& p, C g, C& buffer) const {
    g = scale * g + decay * p;
    buffer = momentum * buffer + g;
    p -= rate * (nesterov ? g + momentum * buffer : buffer);
  }
};

template <class C>
void sgd_one(const KernelCall& call, const View& parameter, const View& given, const View* buffer) {
  const Sgd<C> rule(call);
  const View gradient = as_compute<C>(given, call.workspace);
  const StridedLoop<3> walk(parameter, {&parameter, &gradient, buffer != nullptr ? buffer : &parameter});
  walk.run([&](const std::array<std::int64_t, 3>& at, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
      C& p = parameter.as<C>()[at[0] + i * walk.inner[0]];
      const C g = gradient.as<C>()[at[1] + i * walk.inner[1]];
      if (buffer == nullptr) {
        rule(p, g);
      } else {
        rule(p, g, buffer->as<C>()[at[2] + i * walk.inner[2]]);
      }
    }
  });
}

void sgd(const KernelCall& call) {
  if (!std::isfinite(scalar_of(call.inputs[call.input_count - 1]))) return;
  const std::int32_t count = call.input_count - 2;
  for (std::int32_t i = 0; i < count; ++i) {
    const View* buffer = call.output_count > count ? call.outputs + count + i : nullptr;
    if (call.outputs[i].dtype == DType::f64) {
      sgd_one<double>(call, call.outputs[i], call.inputs[i], buffer);
    } else {
      sgd_one<float>(call, call.outputs[i], call.inputs[i], buffer);
    }
  }
}

// Blocks of a fixed size, whose sums are added in their order: the same for every thread count.
void squared_norm(const KernelCall& call) {
  constexpr std::int64_t kBlock = 4096;
  double total = 0;
  for (std::int32_t k = 0; k < call.input_count; ++k) {
    View x = call.inputs[k];
    const std::int64_t count = x.numel(), blocks = (count + kBlock - 1) / kBlock;
    if (!x.contiguous()) {
      View dense = x;
      std::int64_t step = 1;
      for (int i = x.rank - 1; i >= 0; --i) {
        dense.strides[i] = step;
        step *= x.shape[i];
      }
      dense.dtype = DType::f64;
      dense.data = call.workspace->take<double>(count);
      const View wide = as_compute<double>(x, call.workspace);
      const StridedLoop<2> walk(dense, {&wide, &dense});
      walk.run([&](const std::array<std::int64_t, 2>& at, std::int64_t n) {
        for (std::int64_t i = 0; i < n; ++i) {
          dense.as<double>()[at[1] + i * walk.inner[1]] = wide.as<double>()[at[0] + i * walk.inner[0]];
        }
      });
      x = dense;
    }
    double* sums = call.workspace->take<double>(blocks);
    with_elements(x, [&](const auto* from) {
      parallel_for(0, blocks, 4, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t block = first; block < last; ++block) {
          double sum = 0;
          for (std::int64_t i = block * kBlock; i < std::min(count, (block + 1) * kBlock); ++i) {
            const double value = load_element<double>(from[i]);
            sum += value * value;
          }
          sums[block] = sum;
        }
      });
    });
    for (std::int64_t block = 0; block < blocks; ++block) total += sums[block];
  }
  *call.outputs[0].as<double>() = total;
}

void scale_in_place(const KernelCall& call) {
  const double factor = scalar_of(call.inputs[0]);
  for (std::int32_t k = 0; k < call.output_count; ++k) {
    const View& y = call.outputs[k];
    with_elements(y, [&](auto* to) {
      using T = std::remove_pointer_t<decltype(to)>;
      with_compute(y.dtype, [&](auto c) {
        using C = decltype(c);
        const C by = static_cast<C>(factor);
        const StridedLoop<1> walk(y, {&y});
        walk.run([&](const std::array<std::int64_t, 1>& at, std::int64_t count) {
          for (std::int64_t i = 0; i < count; ++i) {
            T& element = to[at[0] + i * walk.inner[0]];
            element = store_element<T>(load_element<C>(element) * by);
          }
        });
      });
    });
  }
}

template <class C>
void mean_one(const View& mean, const View& value, double decay) {
  const C kept = static_cast<C>(decay), taken = static_cast<C>(1 - decay);
  const StridedLoop<2> walk(mean, {&mean, &value});
  walk.run([&](const std::array<std::int64_t, 2>& at, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
      C& m = mean.as<C>()[at[0] + i * walk.inner[0]];
      m = kept * m + taken * value.as<C>()[at[1] + i * walk.inner[1]];
    }
  });
}

void mean_update(const KernelCall& call) {
  const double decay = scalar_of(call.inputs[call.input_count - 2]) + scalar_of(call.inputs[call.input_count - 1]);
  if (!std::isfinite(decay)) return;
  for (std::int32_t i = 0; i < call.output_count; ++i) {
    if (call.outputs[i].dtype == DType::f64) {
      mean_one<double>(call.outputs[i], call.inputs[i], decay);
    } else {
      mean_one<float>(call.outputs[i], call.inputs[i], decay);
    }
  }
}

}  // namespace

void add_plain_update(KernelRows& rows) {
  rows.push_back(plain_row("adam_begin", adam_begin));
  rows.push_back(plain_row("adam_update", adam));
  rows.push_back(plain_row("sgd_update", sgd));
  rows.push_back(plain_row("squared_norm", squared_norm));
  rows.push_back(plain_row("scale_in_place", scale_in_place));
  rows.push_back(plain_row("mean_update", mean_update));
}

}  // namespace strata::detail
