// The norm of gradients and scaling in place: dense tensors together, others each by a general kernel.
#include "kernels/many.hpp"
#include "kernels/rows.hpp"
#include "kernels/walk.hpp"

namespace strata::cuda {
namespace {

// sums[chunk] = the sum of squares of a chunk of tensors of T.
template <class T>
struct ChunkSquaresKernel {
  Chunks<1> chunks;
  double* sums;
  template <class Team>
  STRATA_BOTH void operator()(std::int64_t chunk, Team& team) const {
    const auto piece = chunks.piece(chunk);
    const T* const x = chunks.at<const T>(piece, 0);
    double total = 0;
    each_part(parts_of<kPack<T>>(piece.size, x), team, [&](std::int64_t j, auto width) {
      constexpr int kN = decltype(width)::value;
      const auto values = load<kN>(x + j);
      for (int k = 0; k < kN; ++k) {
        const auto value = static_cast<double>(values.at[k]);
        total += value * value;
      }
    });
    total = team.all(total, Plus{});
    if (team.rank() == 0) sums[chunk] = total;
  }
};

// The same of any tensor.
struct SquaresKernel {
  Elements x;
  Axes axes;
  double* sums;
  template <class Team>
  STRATA_BOTH void operator()(std::int64_t chunk, Team& team) const {
    const std::int64_t end = (chunk + 1) * kChunk < axes.size ? (chunk + 1) * kChunk : axes.size;
    double total = 0;
    for (std::int64_t i = chunk * kChunk + team.rank(); i < end; i += team.size()) {
      const double value = x.load<double>(axes.at(i));
      total += value * value;
    }
    total = team.all(total, Plus{});
    if (team.rank() == 0) sums[chunk] = total;
  }
};

struct TotalKernel {
  const double* sums;
  std::int64_t count;
  double* to;
  template <class Team>
  STRATA_BOTH void operator()(std::int64_t, Team& team) const {
    double total = 0;
    for (std::int64_t i = team.rank(); i < count; i += team.size()) total += sums[i];
    total = team.all(total, Plus{});
    if (team.rank() == 0) *to = total;
  }
};

void squared_norm(const KernelCall& call) {
  const auto chunks_of = [](const View& x) { return (x.numel() + kChunk - 1) / kChunk; };
  std::int64_t count = 0;
  for (std::int32_t i = 0; i < call.input_count; ++i) count += chunks_of(call.inputs[i]);
  double* const sums = call.workspace->take<double>(count);
  double* at = sums;
  for (const DType dtype : {DType::f64, DType::f32, DType::f16, DType::bf16}) {
    with_floating(dtype, [&](auto element) {
      using T = decltype(element);
      const auto launch = [&](const Chunks<1>& chunks) {
        rows(chunks.count(), call.stream, "squared_norm", ChunkSquaresKernel<T>{chunks, at});
        at += chunks.count();
      };
      Launches<1, decltype(launch)> together(launch);
      for (std::int32_t i = 0; i < call.input_count; ++i) {
        const View& x = call.inputs[i];
        if (x.dtype == dtype && x.contiguous()) together.add({&x});
      }
      together.flush();
    });
  }
  for (std::int32_t i = 0; i < call.input_count; ++i) {
    const View& x = call.inputs[i];
    if (x.contiguous()) continue;
    rows(chunks_of(x), call.stream, "squared_norm", SquaresKernel{elements_of(x), axes_of(x), at});
    at += chunks_of(x);
  }
  rows(1, call.stream, "squared_norm", TotalKernel{sums, count, call.outputs[0].as<double>()});
}

struct ScaleChunksKernel {
  Chunks<1> chunks;
  Elements factor;
  template <class Team>
  STRATA_BOTH void operator()(std::int64_t chunk, Team& team) const {
    const auto piece = chunks.piece(chunk);
    float* const y = chunks.at<float>(piece, 0);
    const float by = factor.load<float>(0);
    each_part(parts_of<4>(piece.size, y), team, [&](std::int64_t j, auto width) {
      constexpr int kN = decltype(width)::value;
      Values<float, kN> values = load<kN>(y + j);
      for (int k = 0; k < kN; ++k) values.at[k] *= by;
      store<kN>(y + j, values);
    });
  }
};

template <class C>
struct ScaleKernel {
  StridedLoop<1> walk;
  Elements y, factor;
  STRATA_BOTH void operator()(std::int64_t i) const {
    std::int64_t at[1];
    walk.at(i, at);
    y.store(at[0], y.load<C>(at[0]) * factor.load<C>(0));
  }
};

void scale_in_place(const KernelCall& call) {
  const Elements factor = elements_of(call.inputs[0]);
  const auto launch = [&](const Chunks<1>& chunks) {
    rows(chunks.count(), call.stream, "scale_in_place", ScaleChunksKernel{chunks, factor});
  };
  Launches<1, decltype(launch)> together(launch);
  for (std::int32_t i = 0; i < call.output_count; ++i) {
    const View& y = call.outputs[i];
    if (y.dtype == DType::f32 && y.contiguous()) {
      together.add({&y});
      continue;
    }
    with_compute(y.dtype, [&](auto c) {
      const StridedLoop<1> walk(y, {&y});
      each(walk.count, call.stream, "scale_in_place", ScaleKernel<decltype(c)>{walk, elements_of(y), factor});
    });
  }
  together.flush();
}

}  // namespace

void add_gradient(Rows& rows) {
  rows.push_back(row_of("squared_norm", squared_norm));
  rows.push_back(row_of("scale_in_place", scale_in_place));
}

}  // namespace strata::cuda
