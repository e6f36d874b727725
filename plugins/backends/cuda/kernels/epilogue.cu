// Activation, its gradient and sums over rows: passes over dense matrices, 16 bytes a thread where they fit.
#include "kernels/epilogue.hpp"

#include <initializer_list>

#include "kernels/activations.hpp"
#include "kernels/columns.hpp"
#include "kernels/convert.hpp"

namespace strata::cuda {
namespace {

// Whether packs of `width` elements cut a line of `count` evenly, and each address lies at a multiple of 16.
bool fits_packs(std::int64_t count, int width, std::initializer_list<const void*> addresses) {
  if (count % width != 0) return false;
  for (const void* address : addresses) {
    if (reinterpret_cast<std::uintptr_t>(address) % kPackBytes != 0) return false;
  }
  return true;
}

template <class T, int kN>
struct ActivateKernel {
  Function function;
  const T* z;
  T* y;
  STRATA_BOTH void operator()(std::int64_t i) const {
    auto values = load<kN>(z + i * kN);
    for (int k = 0; k < kN; ++k) values.at[k] = activated(function, values.at[k]);
    store<kN>(y + i * kN, values);
  }
};

// Thread i: kN columns of kPart rows. It writes dz, and the sum over its rows to row `part` of `sums`.
template <class T, int kN>
struct ReturnKernel {
  using C = Compute<T>;
  static constexpr int kPart = 16;
  Function function;
  const T *saved, *dy;
  T* dz;
  C* sums;                   // [parts, columns], or null
  std::int64_t rows, packs;  // packs: of a row
  STRATA_BOTH void operator()(std::int64_t i) const {
    const std::int64_t part = i / packs, pack = i % packs, first = part * kPart;
    const std::int64_t last = first + kPart < rows ? first + kPart : rows;
    C total[kN] = {};
    for (std::int64_t row = first; row < last; ++row) {
      const std::int64_t at = (row * packs + pack) * kN;
      Values<C, kN> values = load<kN>(dy + at);
      if (function != Function::none) {
        const Values<C, kN> kept = load<kN>(saved + at);
        for (int k = 0; k < kN; ++k) values.at[k] = activation_gradient(function, kept.at[k], values.at[k]);
      }
      for (int k = 0; k < kN; ++k) total[k] += values.at[k];
      if (dz != nullptr) store<kN>(dz + at, values);
    }
    if (sums == nullptr) return;
    for (int k = 0; k < kN; ++k) sums[(part * packs + pack) * kN + k] = total[k];
  }
};

// Element (row, column) of the parts' sums, and where those of all parts go.
template <class C>
struct PartsOf {
  const C* sums;
  std::int64_t columns;
  STRATA_BOTH const C* column(std::int64_t column) const { return sums + column; }
  STRATA_BOTH C at(std::int64_t row, const C* column) const { return column[row * columns]; }
};
template <class C>
struct IntoBias {
  Elements bias;
  bool adds;
  STRATA_BOTH void put(std::int64_t column, C sum) const {
    bias.store(column, adds ? bias.load<C>(column) + sum : sum);
  }
};

template <class T, int kN>
void return_in(const Returning& what, const View& bias, bool accumulate, Workspace& workspace, void* stream) {
  using Kernel = ReturnKernel<T, kN>;
  using C = Compute<T>;
  const std::int64_t parts = (what.rows + Kernel::kPart - 1) / Kernel::kPart, packs = what.columns / kN;
  C* const sums = bias.present() ? workspace.take<C>(parts * what.columns) : nullptr;
  each(parts * packs, stream, "linear",
       Kernel{what.function, static_cast<const T*>(what.saved), static_cast<const T*>(what.dy),
              static_cast<T*>(what.dz), sums, what.rows, packs});
  if (sums == nullptr) return;
  sum_columns<C>(parts, what.columns, PartsOf<C>{sums, what.columns}, IntoBias<C>{elements_of(bias), accumulate},
                 &workspace, stream, "linear");
}

}  // namespace

void activate(Function function, const View& z, const View& y, void* stream) {
  const std::int64_t count = y.numel();
  with_floating(y.dtype, [&](auto element) {
    using T = decltype(element);
    constexpr int kN = kPack<T>;
    if (fits_packs(count, kN, {z.data, y.data})) {
      each(count / kN, stream, "linear", ActivateKernel<T, kN>{function, z.as<T>(), y.as<T>()});
    } else {
      each(count, stream, "linear", ActivateKernel<T, 1>{function, z.as<T>(), y.as<T>()});
    }
  });
}

void return_through(const Returning& what, const View& bias, bool accumulate, Workspace& workspace, void* stream) {
  with_floating(what.dtype, [&](auto element) {
    using T = decltype(element);
    if (fits_packs(what.columns, kPack<T>, {what.saved, what.dy, what.dz})) {
      return_in<T, kPack<T>>(what, bias, accumulate, workspace, stream);
    } else {
      return_in<T, 1>(what, bias, accumulate, workspace, stream);
    }
  });
}

void copy_converted(const View& from, const View& to, bool adds, void* stream) {
  if (adds) return convert<true>(from, to, to.dtype, stream, "linear");
  convert(from, to, to.dtype, stream, "linear");
}

}  // namespace strata::cuda
