// linear_int8: each row of x is rounded to codes, the product of codes is exact (tensor cores, 32-bit sums), then
// scaled and activated. x [M,I], codes [O,I], scale [O] -> [M,O].
#include "kernels/activations.hpp"
#include "kernels/rows.hpp"
#include "kernels/tensor_core.hpp"
#include "kernels/walk.hpp"

namespace strata::cuda {
namespace {

enum Input { kX, kCodes, kScale, kBias };

constexpr float kLargest = 127;
constexpr int kStep = 64;  // codes of a row that four lanes read at once, 16 each

// Where nothing is said of it, codes lie [rows, stride] with zeros behind the width, stride a multiple of kStep.
struct RoundedRows {
  std::int8_t* codes;
  float* scale;
  std::int64_t stride;
};

template <class X>
struct RoundKernel {
  const X* x;
  Axes row_starts;
  std::int64_t element, width;
  RoundedRows to;

  template <class T>
  STRATA_BOTH void operator()(std::int64_t row, T& team) const {
    const X* from = x + row_starts.at(row);
    float magnitude = 0;
    for (std::int64_t i = team.rank(); i < width; i += team.size()) {
      magnitude = Larger{}(std::fabs(widened(from[i * element])), magnitude);
    }
    magnitude = team.all(magnitude, Larger{});
    const float inverse = kLargest / magnitude;
    const bool known = magnitude > 0 && inverse < INFINITY && inverse > 0;  // else zeros, or no number at all
    for (std::int64_t i = team.rank(); i < to.stride; i += team.size()) {
      const bool there = known && i < width;
      to.codes[row * to.stride + i] =
          static_cast<std::int8_t>(there ? std::rint(widened(from[i * element]) * inverse) : 0.0F);
    }
    if (team.rank() != 0) return;
    to.scale[row] = magnitude / kLargest;  // times a sum of zeros no number where that is none or infinite
  }

  // A NaN stays.
  struct Larger {
    STRATA_BOTH float operator()(float a, float b) const { return a > b || is_nan(a) ? a : b; }
  };
};

// A block has 16 rows and 16 outputs; its warps share out the width. As a sum does not ask for the order of its terms,
// a lane reads 16 codes in a row and takes them for those that mma.sync would have it bring: of a and b alike.
template <class Y>
struct CodesKernel {
  static constexpr int kWarps = 4, kRows = 16, kTiles = 2, kOutputs = 8 * kTiles;
  struct Shared {
    std::int32_t sums[kWarps][kRows][kOutputs];
  };

  RoundedRows x;
  const std::int8_t* codes;
  std::int64_t row, element, width, rows, outputs;  // row, element: strides of codes
  std::int32_t tiles;                               // of outputs
  Function function;
  bool chunks;  // 16 codes at a time are aligned
  Elements scale, bias;
  std::int64_t scale_stride, bias_stride;
  Y* y;

  STRATA_BOTH void operator()(std::int64_t number, const Block<kWarps>& block, Shared& shared) const {
    const std::int64_t first = number / tiles * kRows, first_output = number % tiles * kOutputs;
    block.warps([&](const BlockWarp& warp) {
      Lanes<std::int32_t> sums[kTiles][4];
      for (std::int64_t k = std::int64_t{kStep} * warp.number(); k < width; k += kStep * kWarps) {
        Lanes<std::uint32_t> left[2][4], right[kTiles][4];
        warp.each([&](int lane) {
          const std::int64_t at = k + lane % 4 * 16;
          STRATA_UNROLL
          for (int half = 0; half < 2; ++half) {
            const std::int64_t r = first + lane / 4 + 8 * half;
            put(left[half], lane, r < rows ? x.codes + r * x.stride + at : nullptr, true, 1, 16);
          }
          STRATA_UNROLL
          for (int t = 0; t < kTiles; ++t) {
            const std::int64_t o = first_output + 8 * t + lane / 4;
            put(right[t], lane, o < outputs && at < width ? codes + o * row + at * element : nullptr, chunks, element,
                width - at);
          }
        });
        STRATA_UNROLL
        for (int part = 0; part < 2; ++part) {
          const Lanes<std::uint32_t> words[4] = {left[0][2 * part], left[1][2 * part], left[0][2 * part + 1],
                                                 left[1][2 * part + 1]};
          STRATA_UNROLL
          for (int t = 0; t < kTiles; ++t) {
            multiply_add_codes(warp, sums[t], words, right[t][2 * part], right[t][2 * part + 1]);
          }
        }
      }
      warp.each([&](int lane) {
        STRATA_UNROLL
        for (int t = 0; t < kTiles; ++t) {
          STRATA_UNROLL
          for (int i = 0; i < 4; ++i) {
            shared.sums[warp.number()][lane / 4 + i / 2 * 8][8 * t + lane % 4 * 2 + i % 2] = sums[t][i][lane];
          }
        }
      });
    });
    block.threads([&](int thread) {
      for (int i = thread; i < kRows * kOutputs; i += Block<kWarps>::kThreadCount) {
        const std::int64_t r = first + i / kOutputs, o = first_output + i % kOutputs;
        if (r >= rows || o >= outputs) continue;
        std::int32_t sum = 0;
        for (int part = 0; part < kWarps; ++part) sum += shared.sums[part][i / kOutputs][i % kOutputs];
        float value = static_cast<float>(sum) * x.scale[r] * scale.load<float>(o * scale_stride);
        if (bias.data != nullptr) value += bias.load<float>(o * bias_stride);
        y[r * outputs + o] = narrowed<Y>(activated(function, value));
      }
    });
  }

  // 16 codes, or as many as there are of them (none: null) and zeros, into a lane's four words.
  STRATA_BOTH static void put(Lanes<std::uint32_t> (&words)[4], int lane, const std::int8_t* from, bool aligned,
                              std::int64_t element, std::int64_t count) {
    alignas(16) std::uint32_t chunk[4] = {};
    if (from != nullptr && aligned && count >= 16) {
      copy_chunk<16>(chunk, from);
    } else if (from != nullptr) {
      STRATA_UNROLL
      for (int i = 0; i < 16; ++i) {
        const std::uint32_t code = i < count ? static_cast<std::uint8_t>(from[i * element]) : 0U;
        chunk[i / 4] |= code << (8U * (static_cast<unsigned>(i) % 4U));
      }
    }
    STRATA_UNROLL
    for (int i = 0; i < 4; ++i) words[i][lane] = chunk[i];
  }
};

bool given(const KernelCall& call, int i) { return i < call.input_count && call.inputs[i].present(); }

bool supports(const KernelCall& call) {
  const View &x = call.inputs[kX], &codes = call.inputs[kCodes];
  constexpr std::int64_t kMost = std::int64_t{1} << 17;  // terms of a sum in 32 bits
  return is_kernel_float(x.dtype) && call.outputs[0].dtype == x.dtype && x.numel() > 0 && codes.numel() > 0 &&
         x.size(-1) <= kMost && codes.size(0) < std::int64_t{1} << 30 && call.inputs[kScale].dtype != DType::f64 &&
         (!given(call, kBias) || call.inputs[kBias].dtype != DType::f64);
}

void forward(const KernelCall& call) {
  const View &x = call.inputs[kX], &codes = call.inputs[kCodes], &scale = call.inputs[kScale];
  const std::int64_t width = x.size(-1), rows_in = x.numel() / width, outputs = codes.size(0),
                     stride = (width + kStep - 1) / kStep * kStep;
  const RoundedRows rounded{call.workspace->take<std::int8_t>(rows_in * stride), call.workspace->take<float>(rows_in),
                            stride};
  const bool chunks = (codes.stride(1) == 1 || width == 1) && (codes.stride(0) % 16 == 0 || outputs == 1) &&
                      reinterpret_cast<std::uintptr_t>(codes.data) % 16 == 0;
  const bool has_bias = given(call, kBias);
  with_kernel_float(x.dtype, [&](auto t) {
    using T = decltype(t);
    using Kernel = CodesKernel<T>;
    rows(rows_in, call.stream, "linear_int8",
         RoundKernel<T>{x.as<const T>(), axes_of(x, 0, x.rank - 1), x.stride(-1), width, rounded});
    const auto tiles = static_cast<std::int32_t>((outputs + Kernel::kOutputs - 1) / Kernel::kOutputs);
    blocks((rows_in + Kernel::kRows - 1) / Kernel::kRows * tiles, call.stream, "linear_int8",
           Kernel{rounded, codes.as<const std::int8_t>(), codes.stride(0), codes.stride(1), width, rows_in, outputs,
                  tiles, static_cast<Function>(call.attributes.integer("activation")), chunks, elements_of(scale),
                  has_bias ? elements_of(call.inputs[kBias]) : Elements{nullptr, DType::f32}, scale.stride(0),
                  has_bias ? call.inputs[kBias].stride(0) : 0, call.outputs[0].as<T>()});
  });
}

}  // namespace

void add_quantized(Rows& rows) {
  rows.push_back(row_of("linear_int8", forward));
  rows.back().supports = supports;
}

}  // namespace strata::cuda
