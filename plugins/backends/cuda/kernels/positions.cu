// Where a token stands: sinusoids added to embeddings, masks by length; each one launch.
#include "kernels/rows.hpp"
#include "kernels/walk.hpp"

namespace strata::cuda {
namespace {

constexpr std::int64_t kSharing = 4;  // rows of x that a thread adds one wave to, as waves cost and adding does not

// Two channels of one position. The angle is f64, as it grows with the position (Vaswani et al., 2017, section 3.5).
template <class C>
struct SinusoidKernel {
  Elements x, y;  // y dense
  const std::int64_t* positions;
  std::int64_t rows, time, pairs, groups;  // groups: of rows; row g, g + groups, ... have one wave
  std::int64_t strides[3];                 // of x
  std::int64_t row_stride, time_stride;    // of positions
  double step, scale;

  STRATA_BOTH void operator()(std::int64_t i) const {
    std::int64_t group = i;
    const std::int64_t pair = split(&group, pairs), t = split(&group, time);
    const double frequency = exp(static_cast<double>(pair) * step);
    const double angle = static_cast<double>(positions[group * row_stride + t * time_stride]) * frequency;
    const C wave[2] = {static_cast<C>(sin(angle)), static_cast<C>(cos(angle))};
    const auto by = static_cast<C>(scale);
    for (std::int64_t row = group; row < rows; row += groups) {
      const std::int64_t from = row * strides[0] + t * strides[1] + 2 * pair * strides[2];
      const std::int64_t to = ((row * time + t) * pairs + pair) * 2;
      for (int k = 0; k < 2; ++k) y.store(to + k, x.load<C>(from + k * strides[2]) * by + wave[k]);
    }
  }
};

void add_sinusoid(const KernelCall& call) {
  const View &x = call.inputs[0], &positions = call.inputs[1], &y = call.outputs[0];
  const std::int64_t rows = x.shape[0], time = x.shape[1], pairs = x.shape[2] / 2;
  const bool shared = positions.shape[0] == 1;
  const std::int64_t groups = shared ? (rows + kSharing - 1) / kSharing : rows;
  const double step = -2 * std::log(10000.0) / static_cast<double>(x.shape[2]);
  with_compute(y.dtype, [&](auto c) {
    using C = decltype(c);
    if constexpr (std::is_floating_point_v<C>) {
      each(groups * time * pairs, call.stream, "add_sinusoid",
           SinusoidKernel<C>{elements_of(x),
                             elements_of(y),
                             positions.as<std::int64_t>(),
                             rows,
                             time,
                             pairs,
                             groups,
                             {x.strides[0], x.strides[1], x.strides[2]},
                             shared ? 0 : positions.strides[0],
                             positions.strides[1],
                             step,
                             call.attributes.number("scale", 1)});
    }
  });
}

struct LengthMaskKernel {
  Elements lengths;
  std::int64_t stride, time;
  std::uint8_t* y;
  STRATA_BOTH void operator()(std::int64_t i) const {
    std::int64_t row = i;
    const std::int64_t t = split(&row, time);
    y[i] = t < lengths.load<std::int64_t>(row * stride) ? 1 : 0;
  }
};

void length_mask(const KernelCall& call) {
  const View &lengths = call.inputs[0], &y = call.outputs[0];
  each(y.numel(), call.stream, "length_mask",
       LengthMaskKernel{elements_of(lengths), lengths.strides[0], y.shape[1], y.as<std::uint8_t>()});
}

}  // namespace

void add_positions(Rows& rows) {
  rows.push_back(row_of("add_sinusoid", add_sinusoid));
  rows.push_back(row_of("length_mask", length_mask));
}

}  // namespace strata::cuda
