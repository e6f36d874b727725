// Products of 8-bit codes: rounding rows to codes, dot products of a few rows, and what turns sums of codes into
// numbers.
#include "few_rows.hpp"
#include "table.hpp"

namespace strata::onednn::STRATA_ISA {
namespace {

typedef std::int8_t Codes __attribute__((vector_size(kWidth)));

STRATA_INLINE Floats magnitude(Floats x) { return floats_of(bits_of(x) & 0x7FFFFFFFU); }

// To the nearest, ties to even, as codes are smaller than 2^22.
STRATA_INLINE Ints nearest(Floats x) {
  const float kShift = 0x1.8p23F;
  return (Ints)(x + kShift) - (Ints)(broadcast(kShift));
}

// codes = round(x 127 / largest |x|) -> largest / 127, NaN when an element is not finite.
template <class T>
float quantize_row(const void* x, std::int8_t* codes, std::int64_t n) {
  const T* from = static_cast<const T*>(x);
  Floats largest_here{}, rest{};
  sweep(n, [&](std::int64_t i, std::int64_t count) {
    const Floats v = get(from + i, count);
    largest_here = larger(largest_here, magnitude(v));
    rest += v - v;
  });
  const float top = largest(largest_here), inverse = top > 0 ? 127.0F / top : 0.0F;
  sweep(n, [&](std::int64_t i, std::int64_t count) {
    const Codes eight = __builtin_convertvector(nearest(get(from + i, count) * inverse), Codes);
    __builtin_memcpy(codes + i, &eight, static_cast<std::size_t>(count));
  });
  return top / 127.0F + sum(rest);
}

// y = sums * row * scale + bias; y may be where the sums are.
void scale_sums(const std::int32_t* sums, float row, const float* scale, const float* bias, float* y, std::int64_t n) {
  sweep(n, [&](std::int64_t i, std::int64_t count) {
    const Ints whole = (Ints)get(reinterpret_cast<const float*>(sums) + i, count);
    Floats value = __builtin_convertvector(whole, Floats) * row * get(scale + i, count);
    if (bias != nullptr) value += get(bias + i, count);
    put(y + i, value, count);
  });
}

void row_sums(const std::int8_t* codes, std::int64_t rows, std::int64_t width, std::int32_t* sums) {
  for (std::int64_t r = 0; r < rows; ++r) {
    std::int32_t total = 0;
    for (std::int64_t i = 0; i < width; ++i) total += codes[r * width + i];
    sums[r] = total;
  }
}

#if defined(__AVX512VNNI__)
constexpr std::int64_t kStep = 64;
STRATA_INLINE __m512i bytes(const std::int8_t* p, std::int64_t n) {
  return n == kStep ? _mm512_loadu_si512(p) : _mm512_maskz_loadu_epi8((std::uint64_t{1} << n) - 1, p);
}
// Signed by signed: x is shifted by 128, which `row_sums` takes away again.
STRATA_INLINE __m512i shifted(const std::int8_t* p, std::int64_t n) {
  return _mm512_xor_si512(bytes(p, n), _mm512_set1_epi8(-128));
}
// The sums are vectors of int: as __m512i, GCC 12 copies each of them twice.
STRATA_INLINE Ints add_products(Ints sums, __m512i x, __m512i weight) {
  return (Ints)_mm512_dpbusd_epi32((__m512i)sums, x, weight);
}
constexpr std::int32_t kShift = 128;
#else
constexpr std::int64_t kStep = kWidth;
STRATA_INLINE Ints bytes(const std::int8_t* p, std::int64_t n) {
  Codes eight{};
  __builtin_memcpy(&eight, p, static_cast<std::size_t>(n));
  return __builtin_convertvector(eight, Ints);
}
STRATA_INLINE Ints shifted(const std::int8_t* p, std::int64_t n) { return bytes(p, n); }
STRATA_INLINE Ints add_products(Ints sums, Ints x, Ints weight) { return sums + x * weight; }
constexpr std::int32_t kShift = 0;
#endif

template <int kCount>
STRATA_INLINE void outputs(const CodeRows& call, std::int64_t o, int rows) {
  constexpr int kPad = padded(kCount), kOutputs = outputs_of(kCount);
  Ints sums[kWidth] = {};
  const std::int8_t* first = call.weight + o * call.width;
  const auto row = [&](int r) { return first + (r < rows ? r : 0) * call.width; };
  const auto step = [&](std::int64_t i, std::int64_t n) {
    decltype(shifted(nullptr, kStep)) x[kCount];
    for (int m = 0; m < kCount; ++m) x[m] = shifted(call.x + m * call.width + i, n);
    for (int r = 0; r < kOutputs; ++r) {
      const std::int8_t* at = row(r) + i;
      __builtin_prefetch(at + kOutputs * call.width, 0, 2);  // the rows that come next
      const auto w = bytes(at, n);
      for (int m = 0; m < kCount; ++m) sums[r * kPad + m] = add_products(sums[r * kPad + m], x[m], w);
    }
  };
  std::int64_t i = 0;
  for (; i + kStep <= call.width; i += kStep) step(i, kStep);
  if (i < call.width) step(i, call.width - i);
  const Ints all = sums_of(sums);
  for (int r = 0; r < rows; ++r) {
    const float scale = call.scale[o + r], bias = call.bias != nullptr ? call.bias[o + r] : 0.0F;
    for (int m = 0; m < kCount; ++m) {
      const std::int32_t sum = all[r * kPad + m] - kShift * call.weight_sums[o + r];
      call.y[m * call.y_row + o + r] = static_cast<float>(sum) * call.x_scale[m] * scale + bias;
    }
  }
}

void dot_codes(const CodeRows& call) {
  with_count<kDotCount>(call.count, [&](auto known) {
    constexpr int kCount = decltype(known)::value;
    by_outputs<kCount>(call.first, call.last, [&](std::int64_t o, int rows) { outputs<kCount>(call, o, rows); });
  });
}

}  // namespace

void fill_codes(VectorTable& table) {
  table.quantize_row[0] = quantize_row<float>;
  table.quantize_row[1] = quantize_row<Half>;
  table.scale_sums = scale_sums;
  table.row_sums = row_sums;
  table.dot_codes = dot_codes;
  table.vnni = kShift != 0;
}

}  // namespace strata::onednn::STRATA_ISA
