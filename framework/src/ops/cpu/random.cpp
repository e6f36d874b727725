// Plain loops of the random ops.
#include "ops/cpu/plain.hpp"
#include "ops/families.hpp"
#include "strata/ops/random_bits.hpp"

namespace strata::detail {
namespace {

// Calls visit(element, word) for elements [first, last), four words a block.
struct Stream {
  std::uint64_t key;
  std::int64_t call, step;

  Stream(const KernelCall& of, const View& step_view)
      : key(static_cast<std::uint64_t>(of.attributes.integer("key"))),
        call(of.attributes.integer("call")),
        step(*step_view.as<std::int64_t>()) {}

  template <class Visit>
  void each(std::int64_t first, std::int64_t last, const Visit& visit) const {
    for (std::int64_t i = first; i < last;) {
      const PhiloxBlock block = random_block(key, call, step, i / 4);
      for (std::int64_t word = i % 4; word < 4 && i < last; ++word, ++i) visit(i, block.word[word]);
    }
  }
};

void uniform(const KernelCall& call) {
  const Stream stream(call, call.inputs[0]);
  float* to = call.outputs[0].as<float>();
  parallel_for(0, call.outputs[0].numel(), 4096, [&](std::int64_t first, std::int64_t last) {
    stream.each(first, last, [to](std::int64_t i, std::uint32_t word) { to[i] = philox_uniform(word); });
  });
}

void dropout(const KernelCall& call) {
  const Stream stream(call, call.inputs[1]);
  const double p = call.attributes.number("p");
  const std::uint32_t threshold = dropout_threshold(p);
  const View& y = call.outputs[0];
  with_compute(y.dtype, [&](auto c) {
    using C = decltype(c);
    View dense = y;  // x in row-major order, which is how its elements are counted
    dense.dtype = kDTypeOf<C>;
    dense.data = call.workspace->take<C>(y.numel());
    const View x = as_compute<C>(call.inputs[0], call.workspace);
    const StridedLoop<2> walk(dense, {&x, &dense});
    walk.run([&](const std::array<std::int64_t, 2>& at, std::int64_t count) {
      for (std::int64_t i = 0; i < count; ++i)
        dense.as<C>()[at[1] + i * walk.inner[1]] = x.as<C>()[at[0] + i * walk.inner[0]];
    });
    const C* from = dense.as<C>();
    const C scale = static_cast<C>(dropout_scale(p));
    with_elements(y, [&](auto* to) {
      using T = std::remove_pointer_t<decltype(to)>;
      parallel_for(0, y.numel(), 4096, [&](std::int64_t first, std::int64_t last) {
        stream.each(first, last, [&](std::int64_t i, std::uint32_t word) {
          to[i] = store_element<T>(word >= threshold ? from[i] * scale : C{0});
        });
      });
    });
  });
}

}  // namespace

void add_plain_random(KernelRows& rows) {
  rows.push_back(plain_row("uniform", uniform));
  rows.push_back(plain_row("dropout", dropout));
}

}  // namespace strata::detail
