// Functions of a whole row: softmax, log-sum-exp and the gradient of cross-entropy, layer norm.
#include "math.hpp"
#include "table.hpp"

namespace strata::onednn::STRATA_ISA {
namespace {

constexpr float kLowest = -3.402823466e38F;

// 0 where the mask drops the element.
STRATA_INLINE Floats masked(Floats x, const unsigned char* mask, std::int64_t n, float otherwise) {
  Floats keep{};
  for (int i = 0; i < n; ++i) keep[i] = mask[i] != 0 ? 1.0F : 0.0F;
  return keep != 0.0F ? x : broadcast(otherwise);
}

template <class T>
void softmax(const void* from, const unsigned char* mask, void* to, std::int64_t n) {
  const auto* x = static_cast<const T*>(from);
  auto* y = static_cast<T*>(to);
  const float lowest = -__builtin_inff();
  Floats top = broadcast(lowest);
  bool any = mask == nullptr;
  sweep(n, [&](std::int64_t i, std::int64_t count) {
    Floats v = get(x + i, count, lowest);
    if (mask != nullptr) {
      v = masked(v, mask + i, count, lowest);
      for (int j = 0; j < count; ++j) any = any || mask[i + j] != 0;
    }
    top = larger(top, v);
  });
  if (!any) {
    sweep(n, [&](std::int64_t i, std::int64_t count) { put(y + i, Floats{}, count); });
    return;
  }
  const float shift = largest(top);
  if constexpr (sizeof(T) == 4) {
    Floats total{};
    sweep(n, [&](std::int64_t i, std::int64_t count) {
      Floats v = get(x + i, count, lowest);
      if (mask != nullptr) v = masked(v, mask + i, count, lowest);
      const Floats e = exp_negative(v - shift);
      total += e;
      put(y + i, e, count);
    });
    const float scale = 1.0F / sum(total);
    sweep(n, [&](std::int64_t i, std::int64_t count) { put(y + i, get(y + i, count) * scale, count); });
  } else {  // exp twice, rather than rounding to 16 bits in between
    Floats total{};
    sweep(n, [&](std::int64_t i, std::int64_t count) {
      Floats v = get(x + i, count, lowest);
      if (mask != nullptr) v = masked(v, mask + i, count, lowest);
      total += exp_negative(v - shift);
    });
    const float scale = 1.0F / sum(total);
    sweep(n, [&](std::int64_t i, std::int64_t count) {
      Floats v = get(x + i, count, lowest);
      if (mask != nullptr) v = masked(v, mask + i, count, lowest);
      put(y + i, exp_negative(v - shift) * scale, count);
    });
  }
}

template <class T>
void softmax_gradient(const void* result, const void* output_gradient, void* input_gradient, std::int64_t n) {
  const auto* y = static_cast<const T*>(result);
  const auto* dy = static_cast<const T*>(output_gradient);
  auto* dx = static_cast<T*>(input_gradient);
  Floats total{};
  sweep(n, [&](std::int64_t i, std::int64_t count) { total += get(y + i, count) * get(dy + i, count); });
  const float dot = sum(total);
  sweep(n, [&](std::int64_t i, std::int64_t count) {
    put(dx + i, get(y + i, count) * (get(dy + i, count) - dot), count);
  });
}

template <class T>
float log_sum_exp(const void* from, std::int64_t n, float* total) {
  const auto* x = static_cast<const T*>(from);
  const float lowest = -__builtin_inff();
  Floats top = broadcast(lowest), all{};
  std::int64_t i = 0;
  if (total == nullptr) {
    Floats other = top;
    for (; i + 2 * kWidth <= n; i += 2 * kWidth) {
      top = larger(top, load(x + i));
      other = larger(other, load(x + i + kWidth));
    }
    top = larger(top, other);
    sweep(n - i, [&](std::int64_t at, std::int64_t count) { top = larger(top, get(x + i + at, count, lowest)); });
  } else {
    sweep(n, [&](std::int64_t at, std::int64_t count) {
      top = larger(top, get(x + at, count, lowest));
      all += get(x + at, count);
    });
    *total = sum(all);
  }
  float shift = largest(top);
  if (shift < kLowest) shift = 0;
  Floats e0{}, e1{};
  i = 0;
  for (; i + 2 * kWidth <= n; i += 2 * kWidth) {
    e0 += exp_negative(load(x + i) - shift);
    e1 += exp_negative(load(x + i + kWidth) - shift);
  }
  sweep(n - i,
        [&](std::int64_t at, std::int64_t count) { e0 += exp_negative(get(x + i + at, count, lowest) - shift); });
  return __builtin_logf(sum(e0 + e1)) + shift;
}

template <class T>
void xent_gradient(const void* from, float lse, float gradient, float even, void* to, std::int64_t n) {
  const auto* x = static_cast<const T*>(from);
  auto* dx = static_cast<T*>(to);
  const float shift = gradient * even;
  sweep(n, [&](std::int64_t i, std::int64_t count) {
    put(dx + i, exp_negative(get(x + i, count) - lse) * gradient - shift, count);
  });
}

template <class T>
void log_softmax(const void* from, float lse, float* y, std::int64_t n) {
  const auto* x = static_cast<const T*>(from);
  sweep(n, [&](std::int64_t i, std::int64_t count) { put(y + i, get(x + i, count) - lse, count); });
}

template <class T>
void layer_norm(const void* from, const float* scale, const float* shift, float epsilon, void* to, float* statistics,
                std::int64_t n) {
  const auto* x = static_cast<const T*>(from);
  auto* y = static_cast<T*>(to);
  Floats total{};
  sweep(n, [&](std::int64_t i, std::int64_t count) { total += get(x + i, count); });
  const float mean = sum(total) / static_cast<float>(n);
  Floats squares{};
  sweep(n, [&](std::int64_t i, std::int64_t count) {
    const Floats d = get(x + i, count, mean) - mean;
    squares += d * d;
  });
  const float inverse = 1.0F / __builtin_sqrtf(sum(squares) / static_cast<float>(n) + epsilon);
  if (statistics != nullptr) {
    statistics[0] = mean;
    statistics[1] = inverse;
  }
  sweep(n, [&](std::int64_t i, std::int64_t count) {
    put(y + i, (get(x + i, count) - mean) * inverse * get(scale + i, count) + get(shift + i, count), count);
  });
}

template <class T>
void layer_norm_gradient(const void* from, const float* statistics, const float* scale, const void* output_gradient,
                         void* to, float* scale_gradient, float* shift_gradient, std::int64_t n) {
  const auto* x = static_cast<const T*>(from);
  const auto* dy = static_cast<const T*>(output_gradient);
  auto* dx = static_cast<T*>(to);
  const float mean = statistics[0], inverse = statistics[1];
  Floats sum_g{}, sum_gx{};
  sweep(n, [&](std::int64_t i, std::int64_t count) {
    const Floats g = get(dy + i, count), normal = (get(x + i, count, mean) - mean) * inverse;
    const Floats scaled = g * get(scale + i, count);
    sum_g += scaled;
    sum_gx += scaled * normal;
    if (scale_gradient != nullptr) put(scale_gradient + i, get(scale_gradient + i, count) + g * normal, count);
    if (shift_gradient != nullptr) put(shift_gradient + i, get(shift_gradient + i, count) + g, count);
  });
  if (dx == nullptr) return;
  const float a = sum(sum_g) / static_cast<float>(n), b = sum(sum_gx) / static_cast<float>(n);
  sweep(n, [&](std::int64_t i, std::int64_t count) {
    const Floats normal = (get(x + i, count) - mean) * inverse;
    put(dx + i, (get(dy + i, count) * get(scale + i, count) - a - normal * b) * inverse, count);
  });
}

template <class T>
void rms_norm(const void* from, const float* scale, float epsilon, void* to, float* inverse_out, std::int64_t n) {
  const auto* x = static_cast<const T*>(from);
  auto* y = static_cast<T*>(to);
  Floats squares{};
  sweep(n, [&](std::int64_t i, std::int64_t count) {
    const Floats v = get(x + i, count);
    squares += v * v;
  });
  const float inverse = 1.0F / __builtin_sqrtf(sum(squares) / static_cast<float>(n) + epsilon);
  if (inverse_out != nullptr) *inverse_out = inverse;
  sweep(n, [&](std::int64_t i, std::int64_t count) {
    put(y + i, get(x + i, count) * inverse * get(scale + i, count), count);
  });
}

template <class T>
void rms_norm_gradient(const void* from, float inverse, const float* scale, const void* output_gradient, void* to,
                       float* scale_gradient, std::int64_t n) {
  const auto* x = static_cast<const T*>(from);
  const auto* dy = static_cast<const T*>(output_gradient);
  auto* dx = static_cast<T*>(to);
  Floats sum_gx{};
  sweep(n, [&](std::int64_t i, std::int64_t count) {
    const Floats g = get(dy + i, count), normal = get(x + i, count) * inverse;
    sum_gx += g * get(scale + i, count) * normal;
    if (scale_gradient != nullptr) put(scale_gradient + i, get(scale_gradient + i, count) + g * normal, count);
  });
  if (dx == nullptr) return;
  const float b = sum(sum_gx) / static_cast<float>(n);
  sweep(n, [&](std::int64_t i, std::int64_t count) {
    const Floats normal = get(x + i, count) * inverse;
    put(dx + i, (get(dy + i, count) * get(scale + i, count) - normal * b) * inverse, count);
  });
}

template <class T>
void rotary(const void* from, const float* table, std::int64_t pairs, std::int64_t width, void* to) {
  const auto* x = static_cast<const T*>(from);
  auto* y = static_cast<T*>(to);
  sweep(pairs, [&](std::int64_t i, std::int64_t count) {
    const Floats a = get(x + i, count), b = get(x + pairs + i, count);
    const Floats c = get(table + i, count), s = get(table + pairs + i, count);
    put(y + i, a * c - b * s, count);
    put(y + pairs + i, b * c + a * s, count);
  });
  for (std::int64_t i = 2 * pairs; i < width; ++i) y[i] = x[i];
}

}  // namespace

void fill_rows(VectorTable& table) {
  table.softmax[0] = softmax<float>;
  table.softmax[1] = softmax<Half>;
  table.softmax_gradient[0] = softmax_gradient<float>;
  table.softmax_gradient[1] = softmax_gradient<Half>;
  table.log_sum_exp[0] = log_sum_exp<float>;
  table.log_sum_exp[1] = log_sum_exp<Half>;
  table.xent_gradient[0] = xent_gradient<float>;
  table.xent_gradient[1] = xent_gradient<Half>;
  table.log_softmax[0] = log_softmax<float>;
  table.log_softmax[1] = log_softmax<Half>;
  table.layer_norm[0] = layer_norm<float>;
  table.layer_norm[1] = layer_norm<Half>;
  table.layer_norm_gradient[0] = layer_norm_gradient<float>;
  table.layer_norm_gradient[1] = layer_norm_gradient<Half>;
  table.rms_norm[0] = rms_norm<float>;
  table.rms_norm[1] = rms_norm<Half>;
  table.rms_norm_gradient[0] = rms_norm_gradient<float>;
  table.rms_norm_gradient[1] = rms_norm_gradient<Half>;
  table.rotary[0] = rotary<float>;
  table.rotary[1] = rotary<Half>;
}

}  // namespace strata::onednn::STRATA_ISA
