// f32 matrices split into planes of TF32, many in one launch.
#include "kernels/split.hpp"

#include "kernels/block.hpp"
#include "kernels/pack.hpp"
#include "kernels/tf32.hpp"

namespace strata::cuda {
namespace {

constexpr int kFour = 4, kAtOnce = 4;  // floats of a pack, packs that are under way
constexpr std::int64_t kPiece = std::int64_t{kAtOnce} * kThreads, kMostCopies = 32;  // packs of a team; of a launch
using Four = Values<float, kFour>;

// A copy in packs.
struct Planes {
  Lines from;
  float* to;
  std::int64_t lines, packs;  // of the copy; packs of a line
  std::int64_t line, plane;   // distances in the copy, in elements
  bool aligned;               // packs of `from` are
  Side side;

  explicit Planes(const SplitCopy& copy)
      : from(copy.from),
        to(copy.to),
        lines(copy.form.stacked ? padded(from.count) : from.count),
        packs(padded(from.length) / kFour),
        line(copy.form.line(from)),
        plane(copy.form.plane(from)),
        aligned(cuda::aligned<kFour>(from.data) && (from.stride % kFour == 0 || from.count == 1)),
        side(copy.form.side) {}
  Planes() = default;

  std::int64_t pieces() const { return (lines * packs + kPiece - 1) / kPiece; }
  STRATA_BOTH Four read(std::int64_t at, std::int64_t pack) const {
    const std::int64_t first = pack * kFour, rest = at < from.count ? from.length - first : 0;
    const float* const data = from.data + at * from.stride + first;
    if (aligned && rest >= kFour) return load<kFour>(data);
    Four values{};
    for (int k = 0; k < kFour; ++k) {
      if (k < rest) values.at[k] = data[k];
    }
    return values;
  }
  STRATA_BOTH void write(std::int64_t at, std::int64_t pack, const Four& values) const {
    Four high, low;
    for (int k = 0; k < kFour; ++k) {
      const Tf32Pair pair = split_tf32(values.at[k]);
      high.at[k] = pair.high, low.at[k] = pair.low;
    }
    float* const first = to + at * line + pack * kFour;
    const bool left = side == Side::left;
    store<kFour>(first, left ? low : high);
    store<kFour>(first + plane, left ? high : low);
  }
};

struct SplitKernel {
  std::int32_t count = 0;
  std::int32_t behind[kMostCopies];  // number of pieces up to the end of each copy
  Planes copies[kMostCopies];

  template <class Team>
  STRATA_BOTH void operator()(std::int64_t piece, const Team& team) const {
    std::int32_t which = 0;
    while (behind[which] <= piece) ++which;
    const Planes& copy = copies[which];
    const std::int64_t first = (piece - (which > 0 ? behind[which - 1] : 0)) * kPiece,
                       rest = copy.lines * copy.packs - first;
    const int size = static_cast<int>(rest < kPiece ? rest : kPiece);
    // One long division a team: from here on the numbers are short.
    const std::int64_t line = first / copy.packs;
    const auto packs = static_cast<std::uint32_t>(copy.packs),
               start = static_cast<std::uint32_t>(first - line * copy.packs);
    for (int base = team.rank(); base < size; base += kAtOnce * team.size()) {
      Four values[kAtOnce];
      std::int64_t lines[kAtOnce], at[kAtOnce];
      STRATA_UNROLL
      for (int k = 0; k < kAtOnce; ++k) {
        const std::uint32_t pack = start + static_cast<std::uint32_t>(base + k * team.size());
        lines[k] = line + pack / packs, at[k] = pack % packs;
        if (base + k * team.size() < size) values[k] = copy.read(lines[k], at[k]);
      }
      STRATA_UNROLL
      for (int k = 0; k < kAtOnce; ++k) {
        if (base + k * team.size() < size) copy.write(lines[k], at[k], values[k]);
      }
    }
  }
};

}  // namespace

void split_together(const SplitCopy* copies, std::int32_t count, void* stream) {
  SplitKernel kernel;
  const auto launch = [&] {
    if (kernel.count > 0) rows(kernel.behind[kernel.count - 1], stream, "split", kernel);
    kernel.count = 0;
  };
  for (std::int32_t i = 0; i < count; ++i) {
    if (kernel.count == kMostCopies) launch();
    const std::int32_t at = kernel.count++;
    kernel.copies[at] = Planes(copies[i]);
    kernel.behind[at] = (at > 0 ? kernel.behind[at - 1] : 0) + static_cast<std::int32_t>(kernel.copies[at].pieces());
  }
  launch();
}

}  // namespace strata::cuda
