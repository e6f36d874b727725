// uniform, dropout and dropout_add: the words of random_bits.hpp, four elements a block, as every backend draws them.
#include "kernels/packs.hpp"
#include "kernels/rows.hpp"
#include "strata/ops/random_bits.hpp"

namespace strata::cuda {
namespace {

struct Stream {
  std::uint64_t key;
  std::int64_t call;
  const std::int64_t* step;  // on the device: it changes from step to step

  Stream(const KernelCall& of, const View& step_view)
      : key(static_cast<std::uint64_t>(of.attributes.integer("key"))),
        call(of.attributes.integer("call")),
        step(step_view.as<std::int64_t>()) {}
  STRATA_BOTH PhiloxBlock block(std::int64_t number) const { return random_block(key, call, *step, number); }
};

struct UniformKernel {
  Stream stream;
  float* to;
  std::int64_t count;
  STRATA_BOTH void operator()(std::int64_t number) const {
    const PhiloxBlock block = stream.block(number);
    for (int k = 0; k < 4; ++k) {
      if (4 * number + k < count) to[4 * number + k] = philox_uniform(block.word[k]);
    }
  }
};

void uniform(const KernelCall& call) {
  const std::int64_t count = call.outputs[0].numel();
  each((count + 3) / 4, call.stream, "uniform",
       UniformKernel{Stream(call, call.inputs[0]), call.outputs[0].as<float>(), count});
}

// What is dropped, and what a kept element is multiplied by.
struct Drop {
  Stream stream;
  std::uint32_t threshold;
  double scale;

  Drop(const KernelCall& call, const View& step)
      : stream(call, step),
        threshold(dropout_threshold(call.attributes.number("p"))),
        scale(dropout_scale(call.attributes.number("p"))) {}
};

// Walks through x, the residual if kAdds, and the result.
template <class C, bool kAdds>
struct DropoutKernel {
  Drop drop;
  StridedLoop<3> walk;
  Elements x, residual, y;
  STRATA_BOTH void operator()(std::int64_t number) const {
    const PhiloxBlock block = drop.stream.block(number);
    const C scale = static_cast<C>(drop.scale);
    for (int k = 0; k < 4; ++k) {
      const std::int64_t i = 4 * number + k;
      if (i >= walk.count) continue;
      std::int64_t at[3];
      walk.at(i, at);
      const C kept = block.word[k] >= drop.threshold ? x.load<C>(at[0]) * scale : C{0};
      y.store(at[2], kAdds ? residual.load<C>(at[1]) + kept : kept);
    }
  }
};

template <bool kAdds>
struct PackedDropoutKernel {
  Drop drop;
  Packs<3> packs;
  STRATA_BOTH void operator()(std::int64_t pack) const {
    const auto place = packs.place(pack);
    const auto scale = static_cast<float>(drop.scale);
    Eight values = packs.read(0, place);
    for (int half = 0; half < 2; ++half) {
      const PhiloxBlock block = drop.stream.block(2 * pack + half);
      for (int k = 0; k < 4; ++k) {
        float& value = values.at[4 * half + k];
        value = block.word[k] >= drop.threshold ? value * scale : 0.0F;
      }
    }
    if constexpr (kAdds) {
      const Eight residual = packs.read(1, place);
      for (int k = 0; k < kEight; ++k) values.at[k] = residual.at[k] + values.at[k];
    }
    packs.write(2, place, values);
  }
};

template <bool kAdds>
void dropout(const KernelCall& call) {
  const View &x = call.inputs[0], &residual = call.inputs[kAdds ? 2 : 0], &y = call.outputs[0];
  const Drop drop(call, call.inputs[1]);
  const Packs<3> packs(y, {&x, &residual, &y});
  if (packs.fits()) {
    return each(packs.packs(), call.stream, "dropout", PackedDropoutKernel<kAdds>{drop, packs});
  }
  with_compute(y.dtype, [&](auto c) {
    using C = decltype(c);
    if constexpr (std::is_floating_point_v<C>) {
      const StridedLoop<3> walk(y, {&x, &residual, &y});
      each((walk.count + 3) / 4, call.stream, "dropout",
           DropoutKernel<C, kAdds>{drop, walk, elements_of(x), elements_of(residual), elements_of(y)});
    }
  });
}

}  // namespace

void add_random(Rows& rows) {
  rows.push_back(row_of("uniform", uniform));
  rows.push_back(row_of("dropout", dropout<false>));
  rows.push_back(row_of("dropout_add", dropout<true>));
}

}  // namespace strata::cuda
