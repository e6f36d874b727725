// Activation, its gradient and sums over rows: passes over dense matrices, 16 bytes a thread where they fit.
#include "kernels/epilogue.hpp"

#include <initializer_list>

#include "kernels/convert.hpp"

namespace strata::cuda {
namespace {

// How an element lies in memory, and what it computes in.
struct OfF64 {
  using Stored = double;
  using Compute = double;
  STRATA_BOTH static double load(double x) { return x; }
  STRATA_BOTH static double store(double x) { return x; }
};
struct OfF32 {
  using Stored = float;
  using Compute = float;
  STRATA_BOTH static float load(float x) { return x; }
  STRATA_BOTH static float store(float x) { return x; }
};
struct OfBf16 {
  using Stored = std::uint16_t;
  using Compute = float;
  STRATA_BOTH static float load(std::uint16_t x) { return from_bf16(x); }
  STRATA_BOTH static std::uint16_t store(float x) { return to_bf16(x); }
};
struct OfF16 {
  using Stored = std::uint16_t;
  using Compute = float;
  STRATA_BOTH static float load(std::uint16_t x) { return from_f16(x); }
  STRATA_BOTH static std::uint16_t store(float x) { return to_f16(x); }
};

template <class Visit>
void with_elements(DType dtype, const Visit& visit) {
  switch (dtype) {
    case DType::f64: return visit(OfF64{});
    case DType::bf16: return visit(OfBf16{});
    case DType::f16: return visit(OfF16{});
    default: return visit(OfF32{});
  }
}

// kWidth elements that one thread takes at once.
template <class T, int kWidth>
struct alignas(sizeof(T) * kWidth) Pack {
  T at[kWidth];
};
template <class Of>
constexpr int kFullWidth = 16 / static_cast<int>(sizeof(typename Of::Stored));

// Whether packs of `width` elements cut a line of `count` evenly, and each address lies at a multiple of 16.
bool fits_packs(std::int64_t count, int width, std::initializer_list<const void*> addresses) {
  if (count % width != 0) return false;
  for (const void* address : addresses) {
    if (reinterpret_cast<std::uintptr_t>(address) % 16 != 0) return false;
  }
  return true;
}

// x Phi(x) (Hendrycks and Gimpel, 2016); by erfc, as 1 + erf cancels where x is far below 0.
template <class C>
STRATA_BOTH C phi_below(C x) {
  return static_cast<C>(0.5) * static_cast<C>(std::erfc(-x * static_cast<C>(0.70710678118654752440)));
}

// A NaN stays one.
template <class C>
STRATA_BOTH C value_of(Function function, C z) {
  switch (function) {
    case Function::relu: return z < C{0} ? C{0} : z;
    case Function::tanh: return static_cast<C>(std::tanh(z));
    case Function::sigmoid: return C{1} / (C{1} + static_cast<C>(std::exp(-z)));
    case Function::gelu: return z * phi_below(z);
    case Function::none: break;
  }
  return z;
}
// The derivative, of the result `saved`, of gelu of its argument.
template <class C>
STRATA_BOTH C slope_of(Function function, C saved) {
  switch (function) {
    case Function::relu: return saved > C{0} ? C{1} : C{0};
    case Function::tanh: return C{1} - saved * saved;
    case Function::sigmoid: return saved * (C{1} - saved);
    case Function::gelu:  // Phi(x) + x phi(x)
      return phi_below(saved) + saved * static_cast<C>(std::exp(static_cast<C>(-0.5) * saved * saved)) *
                                    static_cast<C>(0.39894228040143267794);
    case Function::none: break;
  }
  return C{1};
}

template <class Of, int kWidth>
struct ActivateKernel {
  using Packed = Pack<typename Of::Stored, kWidth>;
  Function function;
  const Packed* z;
  Packed* y;
  STRATA_BOTH void operator()(std::int64_t i) const {
    Packed pack = z[i];
    for (int k = 0; k < kWidth; ++k) pack.at[k] = Of::store(value_of(function, Of::load(pack.at[k])));
    y[i] = pack;
  }
};

// Thread i: kWidth columns of kPart rows. It writes dz, and the sum over its rows to row `part` of `sums`.
template <class Of, int kWidth>
struct ReturnKernel {
  using Packed = Pack<typename Of::Stored, kWidth>;
  using C = typename Of::Compute;
  static constexpr int kPart = 16;
  Function function;
  const Packed *saved, *dy;
  Packed* dz;
  C* sums;                   // [parts, columns], or null
  std::int64_t rows, packs;  // packs: of a row
  STRATA_BOTH void operator()(std::int64_t i) const {
    const std::int64_t part = i / packs, pack = i % packs, first = part * kPart;
    const std::int64_t last = first + kPart < rows ? first + kPart : rows;
    C total[kWidth] = {};
    for (std::int64_t row = first; row < last; ++row) {
      const std::int64_t at = row * packs + pack;
      const Packed from = dy[at];
      C value[kWidth];
      for (int k = 0; k < kWidth; ++k) value[k] = Of::load(from.at[k]);
      if (function != Function::none) {
        const Packed known = saved[at];
        for (int k = 0; k < kWidth; ++k) value[k] *= slope_of(function, Of::load(known.at[k]));
      }
      for (int k = 0; k < kWidth; ++k) total[k] += value[k];
      if (dz == nullptr) continue;
      Packed to;
      for (int k = 0; k < kWidth; ++k) to.at[k] = Of::store(value[k]);
      dz[at] = to;
    }
    if (sums == nullptr) return;
    for (int k = 0; k < kWidth; ++k) sums[part * packs * kWidth + pack * kWidth + k] = total[k];
  }
};

// Thread i: one column of kPart rows of sums, into row `part` of fewer.
template <class C>
struct FewerKernel {
  static constexpr int kPart = 64;
  const C* from;
  C* to;
  std::int64_t rows, columns;
  STRATA_BOTH void operator()(std::int64_t i) const {
    const std::int64_t first = i / columns * kPart;
    const std::int64_t last = first + kPart < rows ? first + kPart : rows;
    C total{0};
    for (std::int64_t row = first; row < last; ++row) total += from[row * columns + i % columns];
    to[i] = total;
  }
};

// Thread i: column i of at most FewerKernel::kPart rows, into the bias's gradient.
template <class C>
struct LastKernel {
  const C* from;
  Elements to;
  std::int64_t rows, columns;
  bool adds;
  STRATA_BOTH void operator()(std::int64_t i) const {
    C total{0};
    for (std::int64_t row = 0; row < rows; ++row) total += from[row * columns + i];
    to.store(i, adds ? to.load<C>(i) + total : total);
  }
};

template <class Of, int kWidth>
void return_in(const Returning& what, const View& bias, bool accumulate, Workspace& workspace, void* stream) {
  using Kernel = ReturnKernel<Of, kWidth>;
  using Packed = typename Kernel::Packed;
  using C = typename Of::Compute;
  std::int64_t parts = (what.rows + Kernel::kPart - 1) / Kernel::kPart;
  const std::int64_t packs = what.columns / kWidth;
  C* sums = bias.present() ? workspace.take<C>(parts * what.columns) : nullptr;
  each(parts * packs, stream, "linear",
       Kernel{what.function, static_cast<const Packed*>(what.saved), static_cast<const Packed*>(what.dy),
              static_cast<Packed*>(what.dz), sums, what.rows, packs});
  if (sums == nullptr) return;
  constexpr int kPart = FewerKernel<C>::kPart;
  while (parts > kPart) {
    const std::int64_t fewer = (parts + kPart - 1) / kPart;
    C* to = workspace.take<C>(fewer * what.columns);
    each(fewer * what.columns, stream, "linear", FewerKernel<C>{sums, to, parts, what.columns});
    sums = to;
    parts = fewer;
  }
  each(what.columns, stream, "linear", LastKernel<C>{sums, elements_of(bias), parts, what.columns, accumulate});
}

}  // namespace

void activate(Function function, const View& z, const View& y, void* stream) {
  const std::int64_t count = y.numel();
  with_elements(y.dtype, [&](auto of) {
    using Of = decltype(of);
    constexpr int kWidth = kFullWidth<Of>;
    using Wide = ActivateKernel<Of, kWidth>;
    using Single = ActivateKernel<Of, 1>;
    if (fits_packs(count, kWidth, {z.data, y.data})) {
      each(count / kWidth, stream, "linear",
           Wide{function, z.as<typename Wide::Packed>(), y.as<typename Wide::Packed>()});
    } else {
      each(count, stream, "linear", Single{function, z.as<typename Single::Packed>(), y.as<typename Single::Packed>()});
    }
  });
}

void return_through(const Returning& what, const View& bias, bool accumulate, Workspace& workspace, void* stream) {
  with_elements(what.dtype, [&](auto of) {
    using Of = decltype(of);
    if (fits_packs(what.columns, kFullWidth<Of>, {what.saved, what.dy, what.dz})) {
      return_in<Of, kFullWidth<Of>>(what, bias, accumulate, workspace, stream);
    } else {
      return_in<Of, 1>(what, bias, accumulate, workspace, stream);
    }
  });
}

void copy_converted(const View& from, const View& to, bool adds, void* stream) {
  if (adds) return convert<true>(from, to, to.dtype, stream, "linear");
  convert(from, to, to.dtype, stream, "linear");
}

}  // namespace strata::cuda
