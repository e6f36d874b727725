// assign_at: what comes next goes behind what a tensor holds already; where that is, the device alone may know.
#include "kernels/checked.hpp"
#include "kernels/rows.hpp"
#include "kernels/walk.hpp"

namespace strata::cuda {
namespace {

constexpr int kMostPlaced = 4;  // tensors of a launch: keys, values and whose they are are three

// One `from` [R,T,...] and the `to` [N,C,...] that it goes into, along axis 1.
struct Placed {
  StridedLoop<2> walk;  // from, to at place 0
  const void* from;
  void* to;
  std::int64_t stride, most;  // from one place to the next; the last place that it may begin at
  std::int32_t bytes;         // of an element
};

template <class Word>
STRATA_BOTH void copy_word(const Placed& one, std::int64_t from, std::int64_t to) {
  static_cast<Word*>(one.to)[to] = static_cast<const Word*>(one.from)[from];
}

struct AssignAtKernel {
  Placed placed[kMostPlaced];
  std::int64_t behind[kMostPlaced];  // elements up to the end of each
  const std::int64_t* at;

  STRATA_BOTH void operator()(std::int64_t i) const {
    int own = 0;
    while (i >= behind[own]) ++own;
    const Placed& one = placed[own];
    std::int64_t offsets[2];
    one.walk.at(own > 0 ? i - behind[own - 1] : i, offsets);
    const std::int64_t to = offsets[1] + checked(*at, one.most + 1) * one.stride;
    switch (one.bytes) {
      case 1: return copy_word<std::uint8_t>(one, offsets[0], to);
      case 2: return copy_word<std::uint16_t>(one, offsets[0], to);
      case 4: return copy_word<std::uint32_t>(one, offsets[0], to);
      default: return copy_word<std::uint64_t>(one, offsets[0], to);
    }
  }
};

Placed placed_of(const View& from, const View& to) {
  View part = to;
  part.shape[0] = from.shape[0];
  part.shape[1] = from.shape[1];
  return {StridedLoop<2>(from, {&from, &part}),        from.data, to.data, to.strides[1], to.shape[1] - from.shape[1],
          static_cast<std::int32_t>(size_of(to.dtype))};
}

void assign_at(const KernelCall& call) {
  for (std::int32_t first = 0; first < call.output_count; first += kMostPlaced) {
    const std::int32_t left = call.output_count - first, count = left < kMostPlaced ? left : kMostPlaced;
    const Placed unused = placed_of(call.inputs[first], call.outputs[first]);
    AssignAtKernel kernel{{unused, unused, unused, unused}, {}, call.inputs[call.output_count].as<std::int64_t>()};
    std::int64_t all = 0;
    for (std::int32_t k = 0; k < count; ++k) {
      const View &from = call.inputs[first + k], &to = call.outputs[first + k];
      kernel.placed[k] = placed_of(from, to);
      kernel.behind[k] = all += from.numel();
    }
    if (all > 0) each(all, call.stream, "assign_at", kernel);
  }
}

}  // namespace

void add_assign_at(Rows& rows) { rows.push_back(row_of("assign_at", assign_at)); }

}  // namespace strata::cuda
