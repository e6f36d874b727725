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

// kN columns of a row of dz, which are written where they are wanted.
template <class T, int kN>
struct ReturnPacks {
  using C = Compute<T>;
  Function function;
  const T *saved, *dy;
  T* dz;
  std::int64_t columns;
  STRATA_BOTH std::int64_t column(std::int64_t pack) const { return pack * kN; }
  STRATA_BOTH Values<C, kN> at(std::int64_t row, std::int64_t column) const {
    const std::int64_t at = row * columns + column;
    Values<C, kN> values = load<kN>(dy + at);
    if (function != Function::none) {
      const Values<C, kN> kept = load<kN>(saved + at);
      for (int k = 0; k < kN; ++k) values.at[k] = activation_gradient(function, kept.at[k], values.at[k]);
    }
    if (dz != nullptr) store<kN>(dz + at, values);
    return values;
  }
};
// The same where no sums are wanted: pack i of all.
template <class T, int kN>
struct ReturnKernel {
  ReturnPacks<T, kN> packs;
  STRATA_BOTH void operator()(std::int64_t i) const { (void)packs.at(0, i * kN); }
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
  using C = Compute<T>;
  const ReturnPacks<T, kN> source{what.function, static_cast<const T*>(what.saved), static_cast<const T*>(what.dy),
                                  static_cast<T*>(what.dz), what.columns};
  const std::int64_t packs = what.columns / kN;
  if (!bias.present()) return each(what.rows * packs, stream, "linear", ReturnKernel<T, kN>{source});
  sum_columns<C, Values<C, kN>>(what.rows, packs, source, IntoBias<C>{elements_of(bias), accumulate}, &workspace,
                                stream, "linear");
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
