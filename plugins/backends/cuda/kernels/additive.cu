// additive_score: v^T tanh(query + key) for all pairs (Bahdanau et al., 2015), forward and backward; tanh of a pair is
// never stored. query [R,Tq,W], keys [B,Tk,W], v [W] -> [R,Tq,Tk]; row r reads the keys of r / (R/B).
#include "kernels/rows.hpp"
#include "kernels/tensor_core.hpp"

namespace strata::cuda {
namespace {

enum Input { kQuery, kKeys, kV };

// A tensor [rows, time, width] of T.
template <class T>
struct Sequence {
  const T* data;
  std::int64_t row, time, element;

  explicit Sequence(const View& view)
      : data(view.as<const T>()), row(view.strides[0]), time(view.strides[1]), element(view.strides[2]) {}
  STRATA_BOTH float at(std::int64_t r, std::int64_t t, std::int64_t w) const {
    return widened(data[r * row + t * time + w * element]);
  }
};

// Extents of a call.
struct Extents {
  std::int64_t rows, queries, keys, width, beams;

  Extents(const View& query, const View& keys_view)
      : rows(query.shape[0]),
        queries(query.shape[1]),
        keys(keys_view.shape[1]),
        width(query.shape[2]),
        beams(query.shape[0] / keys_view.shape[0]) {}
};

// Within 6e-7 of tanh. What 16 bits gave is not known any better; floats take the exact one.
template <class T>
STRATA_BOTH float tanh_for(float x) {
#if defined(__CUDA_ARCH__)
  if constexpr (sizeof(T) == 2) return 1 - __fdividef(2, 1 + __expf(2 * x));
#endif
  return std::tanh(x);
}

// A warp has a query and some keys, a lane every 32nd of their elements.
template <class T, int kKeysAtOnce>
struct ScoreKernel {
  static constexpr int kWarps = 8;
  struct Shared {};

  Extents extents;
  Sequence<T> query, keys;
  Elements v;
  std::int64_t v_stride, count;
  float* scores;

  STRATA_BOTH void operator()(std::int64_t number, const Block<kWarps>& block, Shared&) const {
    block.warps([&](const BlockWarp& warp) {
      const std::int64_t i = number * kWarps + warp.number(), parts = (extents.keys + kKeysAtOnce - 1) / kKeysAtOnce;
      if (i >= count) return;
      const std::int64_t pair = i / parts, k0 = i % parts * kKeysAtOnce, r = pair / extents.queries,
                         t = pair % extents.queries, b = r / extents.beams;
      Lanes<float> totals[kKeysAtOnce];
      warp.each([&](int lane) {
        for (std::int64_t w = lane; w < extents.width; w += kLanes) {
          const float q = query.at(r, t, w), by = v.load<float>(w * v_stride);
          STRATA_UNROLL
          for (int k = 0; k < kKeysAtOnce; ++k) {
            if (k0 + k < extents.keys) totals[k][lane] += by * tanh_for<T>(q + keys.at(b, k0 + k, w));
          }
        }
      });
      STRATA_UNROLL
      for (int k = 0; k < kKeysAtOnce; ++k) {
        warp.all<kLanes>(totals[k], Plus{});
        warp.each([&](int lane) {
          if (lane == 0 && k0 + k < extents.keys) scores[pair * extents.keys + k0 + k] = totals[k][lane];
        });
      }
    });
  }
};

// With t = tanh(query + key) and g a score's gradient: a thread has an element of a query, and adds up over its keys
// g (1 - t^2) v for the query, g t for v.
template <class T>
struct QueryGradientKernel {
  Extents extents;
  Sequence<T> query, keys;
  Sequence<float> g;
  Elements v, dquery;
  std::int64_t v_stride;
  float* dv;  // [R Tq, W]
  STRATA_BOTH void operator()(std::int64_t i) const {
    const std::int64_t w = i % extents.width, t = i / extents.width % extents.queries,
                       r = i / extents.width / extents.queries, b = r / extents.beams;
    const float q = query.at(r, t, w);
    float to_query = 0, to_v = 0;
    for (std::int64_t k = 0; k < extents.keys; ++k) {
      const float y = tanh_for<T>(q + keys.at(b, k, w)), gradient = g.at(r, t, k);
      to_query += gradient - gradient * y * y;
      to_v += gradient * y;
    }
    dv[i] = to_v;
    if (dquery.data != nullptr) dquery.store(i, to_query * v.load<float>(w * v_stride));
  }
};

// A thread has an element of a key, and adds up over the queries that read it.
template <class T>
struct KeyGradientKernel {
  Extents extents;
  Sequence<T> query, keys;
  Sequence<float> g;
  Elements v, dkeys;
  std::int64_t v_stride;
  bool adds;
  STRATA_BOTH void operator()(std::int64_t i) const {
    const std::int64_t w = i % extents.width, k = i / extents.width % extents.keys,
                       b = i / extents.width / extents.keys;
    const float key = keys.at(b, k, w);
    float total = 0;
    for (std::int64_t r = b * extents.beams; r < (b + 1) * extents.beams; ++r) {
      for (std::int64_t t = 0; t < extents.queries; ++t) {
        const float y = tanh_for<T>(query.at(r, t, w) + key), gradient = g.at(r, t, k);
        total += gradient - gradient * y * y;
      }
    }
    total *= v.load<float>(w * v_stride);
    dkeys.store(i, adds ? dkeys.load<float>(i) + total : total);
  }
};

// Column sums of a dense matrix, in parts of `together` rows: y[i, w] = sum of x[i together + ., w].
struct ColumnsKernel {
  const float* x;
  Elements y;
  std::int64_t rows, width, together;
  bool adds;
  STRATA_BOTH void operator()(std::int64_t i) const {
    const std::int64_t first = i / width * together, last = first + together < rows ? first + together : rows;
    float total = 0;
    for (std::int64_t row = first; row < last; ++row) total += x[row * width + i % width];
    y.store(i, adds ? y.load<float>(i) + total : total);
  }
};

void sum_columns(const float* x, std::int64_t rows, const View& y, bool adds, Workspace* workspace, void* stream) {
  constexpr std::int64_t kTogether = 64;
  const std::int64_t width = y.numel();
  while (rows > kTogether) {
    const std::int64_t parts = (rows + kTogether - 1) / kTogether;
    float* sums = workspace->take<float>(parts * width);
    each(parts * width, stream, "gradient of additive_score",
         ColumnsKernel{x, {sums, DType::f32}, rows, width, kTogether, false});
    x = sums, rows = parts;
  }
  each(width, stream, "gradient of additive_score", ColumnsKernel{x, elements_of(y), rows, width, rows, adds});
}

bool supports(const KernelCall& call) {
  const View &query = call.inputs[kQuery], &keys = call.inputs[kKeys], &v = call.inputs[kV];
  return is_kernel_float(query.dtype) && keys.dtype == query.dtype && v.dtype != DType::f64 &&
         call.outputs[0].dtype == DType::f32 && query.numel() > 0 && keys.numel() > 0;
}

void forward(const KernelCall& call) {
  const View &query = call.inputs[kQuery], &keys = call.inputs[kKeys], &v = call.inputs[kV];
  const Extents extents(query, keys);
  const std::int64_t pairs = extents.rows * extents.queries * extents.keys;
  const auto run = [&](auto t, auto at_once) {
    using T = decltype(t);
    using Kernel = ScoreKernel<T, decltype(at_once)::value>;
    const std::int64_t parts = (extents.keys + at_once - 1) / at_once, count = extents.rows * extents.queries * parts;
    blocks((count + Kernel::kWarps - 1) / Kernel::kWarps, call.stream, "additive_score",
           Kernel{extents, Sequence<T>(query), Sequence<T>(keys), elements_of(v), v.strides[0], count,
                  call.outputs[0].as<float>()});
  };
  constexpr std::int64_t kEnough = 4096;  // warps that occupy a GPU
  with_kernel_float(query.dtype, [&](auto t) {
    if (pairs < 4 * kEnough) return run(t, std::integral_constant<int, 1>{});
    run(t, std::integral_constant<int, 4>{});
  });
}

void backward(const BackwardCall& call) {
  const View &query = call.inputs[kQuery], &keys = call.inputs[kKeys], &v = call.inputs[kV];
  const View &dquery = call.input_gradients[kQuery], &dkeys = call.input_gradients[kKeys],
             &dv = call.input_gradients[kV];
  const char* what = "gradient of additive_score";
  with_kernel_float(query.dtype, [&](auto t) {
    using T = decltype(t);
    const Extents extents(query, keys);
    const Sequence<float> g(call.output_gradients[0]);
    if (dquery.present() || dv.present()) {
      float* parts = call.workspace->take<float>(query.numel());
      const Elements to = dquery.present() ? elements_of(dquery) : Elements{nullptr, query.dtype};
      each(query.numel(), call.stream, what,
           QueryGradientKernel<T>{extents, Sequence<T>(query), Sequence<T>(keys), g, elements_of(v), to, v.strides[0],
                                  parts});
      if (dv.present()) {
        sum_columns(parts, extents.rows * extents.queries, dv, call.accumulate[kV], call.workspace, call.stream);
      }
    }
    if (!dkeys.present()) return;
    each(keys.numel(), call.stream, what,
         KeyGradientKernel<T>{extents, Sequence<T>(query), Sequence<T>(keys), g, elements_of(v), elements_of(dkeys),
                              v.strides[0], call.accumulate[kKeys]});
  });
}

}  // namespace

void add_additive(Rows& rows) {
  KernelRow row = row_of("additive_score", forward);
  row.supports = supports;
  row.backward = backward;
  row.backward_reads_inputs = 1U << kQuery | 1U << kKeys | 1U << kV;
  row.accumulates = 1U << kKeys | 1U << kV;
  rows.push_back(row);
}

}  // namespace strata::cuda
