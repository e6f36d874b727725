// The rotary row: rotation of the pairs of a head by angles that grow with the position.
#include "ops/families.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/positions.hpp"
#include "strata/ops/shape.hpp"

namespace strata {
namespace {

enum Input : std::size_t { kX, kPositions, kFrequencies };

// The row has time before heads, as projections give it: x [B,T,H,D].
std::vector<TensorSpec> infer(const OpCall& call) {
  const Tensor &x = call.inputs[kX], &positions = call.inputs[kPositions], &frequencies = call.inputs[kFrequencies];
  const bool fits = x.rank() == 4 && positions.rank() == 2 && positions.size(1) == x.size(1) &&
                    (positions.size(0) == 1 || positions.size(0) == x.size(0)) && frequencies.rank() == 1 &&
                    frequencies.size(0) >= 1 && 2 * frequencies.size(0) <= x.size(3);
  if (!fits) {
    throw Error("E_SHAPE", "[rotary]",
                "x " + describe(x) + " (time before heads), positions " + describe(positions) + ", frequencies " +
                    describe(frequencies),
                "x [B,T,H,D], positions [B,T] or [1,T] and at most D/2 frequencies are needed");
  }
  if (!is_floating(x.dtype()) || positions.dtype() != DType::i64 || frequencies.dtype() != DType::f32) {
    throw Error("E_DTYPE", "[rotary]",
                "x " + describe(x) + ", positions " + describe(positions) + ", frequencies " + describe(frequencies),
                "x of a floating type, positions i64 and frequencies f32 are needed");
  }
  return {spec_of(x.dtype(), x.shape())};
}

// a' = a cos - b sin, b' = b cos + a sin for a = x[i], b = x[i + F]; elements from 2F on stay as they are.
Tensors compose(const OpCall& call) {
  const Tensor& x = call.inputs[kX];
  const std::int64_t pairs = call.inputs[kFrequencies].size(0), width = x.size(3);
  const Tensor at = cast(call.inputs[kPositions], DType::f64);  // [B,T]
  const Tensor angles = reshape(at, {at.size(0), at.size(1), 1, 1}) * cast(call.inputs[kFrequencies], DType::f64);
  const double factor = call.attributes.number("factor"), sign = call.attributes.flag("back") ? -1 : 1;
  const DType wide = x.dtype() == DType::f64 ? DType::f64 : DType::f32;
  const Tensor c = cast(cos(angles) * factor, wide), s = cast(sin(angles) * (factor * sign), wide);  // [B,T,1,F]
  const Tensor a = cast(slice(x, 3, 0, pairs), wide), b = cast(slice(x, 3, pairs, 2 * pairs), wide);
  Tensors parts{cast(a * c - b * s, x.dtype()), cast(b * c + a * s, x.dtype())};
  if (2 * pairs < width) parts.push_back(slice(x, 3, 2 * pairs, width));
  return {concat(parts, 3)};
}

Tensor rotated(const Tensor& x, const Tensor& positions, const Tensor& frequencies, double factor, bool back);

// The gradient is rotated back.
Tensors vjp(const VjpCall& call) {
  return {rotated(call.gradient(), call.inputs[kPositions], call.inputs[kFrequencies], call.attributes.number("factor"),
                  !call.attributes.flag("back")),
          Tensor(), Tensor()};
}

const Op kRotary{.name = "rotary",
                 .infer = infer,
                 .compose = compose,
                 .vjp = vjp,
                 .vjp_reads_inputs = bit(kPositions) | bit(kFrequencies)};

Tensor rotated(const Tensor& x, const Tensor& positions, const Tensor& frequencies, double factor, bool back) {
  return apply(kRotary, {x, positions, frequencies},
               OpAttributes().number("factor", factor).integer("back", back ? 1 : 0))[0];
}

}  // namespace

std::vector<const Op*> detail::rotary_ops() { return {&kRotary}; }

Tensor rotary(const Tensor& x, const Tensor& positions, const Tensor& frequencies, double factor) {
  if (x.rank() != 4) throw Error("E_SHAPE", "[rotary]", "x " + describe(x), "x [B,H,T,D] is needed");
  return permute(rotated(permute(x, {0, 2, 1, 3}), positions, frequencies, factor, false), {0, 2, 1, 3});
}

}  // namespace strata
