// uniform and dropout: the words of random_bits.hpp, four elements a block, as every backend draws them.
#include "kernels/rows.hpp"
#include "kernels/walk.hpp"
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
    for (std::int64_t i = 4 * number; i < 4 * number + 4 && i < count; ++i) to[i] = philox_uniform(block.word[i % 4]);
  }
};

void uniform(const KernelCall& call) {
  const std::int64_t count = call.outputs[0].numel();
  each((count + 3) / 4, call.stream, "uniform",
       UniformKernel{Stream(call, call.inputs[0]), call.outputs[0].as<float>(), count});
}

template <class C>
struct DropoutKernel {
  Stream stream;
  Walk<2> walk;
  Elements x, y;
  std::uint32_t threshold;
  C scale;
  STRATA_BOTH void operator()(std::int64_t number) const {
    const PhiloxBlock block = stream.block(number);
    for (std::int64_t i = 4 * number; i < 4 * number + 4 && i < walk.count; ++i) {
      std::int64_t at[2];
      walk.at(i, at);
      y.store(at[1], block.word[i % 4] >= threshold ? x.load<C>(at[0]) * scale : C{0});
    }
  }
};

void dropout(const KernelCall& call) {
  const View &x = call.inputs[0], &y = call.outputs[0];
  const double p = call.attributes.number("p");
  with_compute(y.dtype, [&](auto c) {
    using C = decltype(c);
    if constexpr (std::is_floating_point_v<C>) {
      const Walk<2> walk(y, {&x, &y});
      each((walk.count + 3) / 4, call.stream, "dropout",
           DropoutKernel<C>{Stream(call, call.inputs[1]), walk, elements_of(x), elements_of(y), dropout_threshold(p),
                            static_cast<C>(dropout_scale(p))});
    }
  });
}

}  // namespace

void add_random(Rows& rows) {
  rows.push_back(row_of("uniform", uniform));
  rows.push_back(row_of("dropout", dropout));
}

}  // namespace strata::cuda
