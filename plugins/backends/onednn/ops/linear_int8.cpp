// linear_int8: codes by codes in oneDNN's 8-bit product; for the rows of a decoding step in our own, which scales and
// activates in registers; for a few rows as a stream of the weight's codes.
#include "kept.hpp"
#include "ops/activation.hpp"

namespace strata::onednn {
namespace {

enum Input { kX, kCodes, kScale, kBias };

std::int64_t rows_in(const View& x) { return x.numel() / std::max<std::int64_t>(x.size(-1), 1); }

bool floats(const View& view) { return view.dtype == DType::f32 && view.contiguous(); }

bool fits(const KernelCall& call) {
  const View &x = call.inputs[kX], &codes = call.inputs[kCodes];
  return dense_vector(x) && x.rank >= 1 && x.numel() > 0 && codes.numel() > 0 && codes.contiguous() &&
         floats(call.inputs[kScale]) && (!given(call, kBias) || floats(call.inputs[kBias])) &&
         call.outputs[0].dtype == x.dtype;
}
constexpr std::int64_t kMostRows = 256;  // of a decoding step: more are left to oneDNN
bool supports_step(const KernelCall& call) {
  return vectors().codes_product != nullptr && !amx_products() && fits(call) && rows_in(call.inputs[kX]) <= kMostRows;
}
bool supports_few(const KernelCall& call) { return fits(call) && rows_in(call.inputs[kX]) <= kDotCount; }

// A wide result is made by columns, so that its sums are still in the cache when they are scaled.
constexpr std::int64_t kColumns = 2048;

bool supports(const KernelCall& call) {
  if (!fits(call)) return false;
  const View& codes = call.inputs[kCodes];
  return int8_product(rows_in(call.inputs[kX]), std::min(codes.shape[0], kColumns), codes.shape[1]);
}

// The rows of x as codes, `stride` apart with zeros behind them, and the scale of each.
struct Rounded {
  std::int8_t* codes;
  float* scale;
};
// each(r, codes of row r) while they are still near.
template <class Each>
Rounded rounded(const View& x, std::int64_t stride, Workspace& workspace, const Each& each) {
  const std::int64_t rows = rows_in(x), width = x.size(-1);
  const Rounded out{workspace.take<std::int8_t>(rows * stride), workspace.take<float>(rows)};
  const auto run = vectors().quantize_row[half(x)];
  parallel_for(0, rows, grain_of(width), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t r = first; r < last; ++r) {
      std::int8_t* row = out.codes + r * stride;
      out.scale[r] = run(bytes_at(x.data, r * width, x.dtype), row, width);
      std::fill(row + width, row + stride, std::int8_t{0});
      each(r, row);
    }
  });
  return out;
}
Rounded rounded(const View& x, Workspace& workspace) {
  return rounded(x, x.size(-1), workspace, [](std::int64_t, const std::int8_t*) {});
}

// `count` elements of the result from `first` on, f32 at z, to where they belong.
void finish(const KernelCall& call, float* z, std::int64_t first, std::int64_t count) {
  const View& y = call.outputs[0];
  const std::int64_t activation = call.attributes.integer("activation");
  if (activation != kNone) vectors().unary[static_cast<int>(kActivations[activation])][0](z, z, count);
  if (half(y) != 0) vectors().convert[0][1](z, bytes_at(y.data, first, y.dtype), count);
}

const float* bias_of(const KernelCall& call) { return given(call, kBias) ? call.inputs[kBias].as<float>() : nullptr; }

void forward(const KernelCall& call) {
  const View &x = call.inputs[kX], &codes = call.inputs[kCodes], &y = call.outputs[0];
  Workspace& workspace = *call.workspace;
  const std::int64_t rows = rows_in(x), outputs = codes.shape[0], width = x.size(-1);
  const Rounded from = rounded(x, workspace);
  auto* sums = workspace.take<std::int32_t>(rows * std::min(outputs, kColumns));
  const float *scale = call.inputs[kScale].as<float>(), *bias = bias_of(call);
  for (std::int64_t begin = 0; begin < outputs; begin += kColumns) {
    View part = codes;
    part.shape[0] = std::min(kColumns, outputs - begin);
    part.data = bytes_at(codes.data, begin * width, DType::i8);
    part.offset += begin * width;  // what is kept with the storage is kept by place
    const std::int64_t count = part.shape[0];
    multiply_by_weight(dense(from.codes, DType::i8, rows, width), part, WeightForm::transposed,
                       dense(sums, DType::i32, rows, count), {}, workspace);
    parallel_for(0, rows, grain_of(count), [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t row = first; row < last; ++row) {
        const std::int64_t at = row * outputs + begin;
        std::int32_t* whole = sums + row * count;
        float* z = half(y) != 0 ? reinterpret_cast<float*>(whole) : y.as<float>() + at;
        vectors().scale_sums(whole, from.scale[row], scale + begin, bias != nullptr ? bias + begin : nullptr, z, count);
        finish(call, z, at, count);
      }
    });
  }
}

const std::int32_t* sums_of(const View& codes, Workspace& workspace) {
  const std::int64_t rows = codes.shape[0];
  return static_cast<const std::int32_t*>(
      kept_with(codes, packed_key("onednn.sums", codes), static_cast<std::size_t>(rows) * 4, workspace, [&](void* to) {
        vectors().row_sums(static_cast<const std::int8_t*>(codes.data), rows, codes.shape[1],
                           static_cast<std::int32_t*>(to));
      }));
}

// The weight's panels.
const std::int32_t* panels_of(const View& codes, Workspace& workspace) {
  const std::int64_t rows = codes.shape[0], width = codes.shape[1], words = (width + 3) / 4 * kCodeColumns,
                     count = (rows + kCodeColumns - 1) / kCodeColumns;
  const auto fill = [&](void* to) {
    parallel_for(0, count, grain_of(words * 4), [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i) {
        vectors().codes_pack(static_cast<const std::int8_t*>(codes.data) + i * kCodeColumns * width,
                             std::min(kCodeColumns, rows - i * kCodeColumns), width,
                             static_cast<std::int32_t*>(to) + i * words);
      }
    });
  };
  return static_cast<const std::int32_t*>(kept_with(codes, packed_key("onednn.codes", codes),
                                                    static_cast<std::size_t>(count * words) * 4, workspace, fill));
}

void forward_step(const KernelCall& call) {
  const View &x = call.inputs[kX], &codes = call.inputs[kCodes], &y = call.outputs[0];
  Workspace& workspace = *call.workspace;
  CodesProduct shared{};
  shared.rows = rows_in(x), shared.width = codes.shape[1], shared.outputs = shared.y_row = codes.shape[0];
  const std::int64_t blocks = (shared.rows + kCodeRows - 1) / kCodeRows;
  shared.at_once = (shared.rows + blocks - 1) / blocks;
  // Blocks of rows, four codes a word, shifted to 0..255.
  const std::int64_t words = (shared.width + 3) / 4;
  auto* packed = workspace.take<std::int32_t>(blocks * words * kCodeRows);
  shared.x = packed;
  shared.x_scale = rounded(x, words * 4, workspace, [&](std::int64_t r, const std::int8_t* row) {
                     std::int32_t* block = packed + r / shared.at_once * words * kCodeRows + r % shared.at_once;
                     for (std::int64_t k = 0; k < words; ++k) {
                       std::uint32_t word = 0;
                       std::memcpy(&word, row + 4 * k, 4);
                       block[k * kCodeRows] = static_cast<std::int32_t>(word ^ 0x80808080U);
                     }
                   }).scale;
  shared.weight = panels_of(codes, workspace);
  shared.weight_sums = sums_of(codes, workspace);
  shared.scale = call.inputs[kScale].as<float>();
  shared.bias = bias_of(call);
  shared.y = half(y) != 0 ? workspace.take<float>(y.numel()) : y.as<float>();
  const std::int64_t activation = call.attributes.integer("activation");
  shared.relu = activation == kRelu;
  const std::int64_t panels = (shared.outputs + kCodeColumns - 1) / kCodeColumns;
  parallel_for(0, panels, grain_of(shared.rows * shared.width / 8), [&](std::int64_t first, std::int64_t last) {
    CodesProduct part = shared;
    part.first = first, part.last = last;
    vectors().codes_product(part);
  });
  const bool finished = activation == kNone || activation == kRelu;
  if (finished && half(y) == 0) return;
  parallel_elements(y.numel(), 8192, [&](std::int64_t first, std::int64_t last) {
    finish(call, shared.y + first, first, last - first);
  });
}

void forward_few(const KernelCall& call) {
  const View &x = call.inputs[kX], &codes = call.inputs[kCodes], &y = call.outputs[0];
  Workspace& workspace = *call.workspace;
  const Rounded from = rounded(x, workspace);
  CodeRows shared{};
  shared.weight = static_cast<const std::int8_t*>(codes.data);
  shared.weight_sums = sums_of(codes, workspace);
  shared.scale = call.inputs[kScale].as<float>();
  shared.bias = bias_of(call);
  shared.x = from.codes;
  shared.x_scale = from.scale;
  shared.count = static_cast<int>(rows_in(x));
  shared.width = codes.shape[1];
  shared.y_row = codes.shape[0];
  shared.y = half(y) != 0 ? workspace.take<float>(y.numel()) : y.as<float>();
  parallel_for(0, (shared.y_row + 15) / 16, grain_of(shared.width), [&](std::int64_t first, std::int64_t last) {
    CodeRows part = shared;
    part.first = first * 16;
    part.last = std::min(last * 16, shared.y_row);
    vectors().dot_codes(part);
  });
  finish(call, shared.y, 0, y.numel());
}

}  // namespace

void add_linear_int8(Rows& rows) {
  rows.push_back(row_of("linear_int8", forward, supports));
  rows.push_back(row_of("linear_int8", forward_few, supports_few));
  rows.back().priority = 30;
  rows.push_back(row_of("linear_int8", forward_step, supports_step));
  rows.back().priority = 20;
}

}  // namespace strata::onednn
