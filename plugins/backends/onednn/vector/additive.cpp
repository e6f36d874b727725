// One query against all keys: score = v^T tanh(query + key) (Bahdanau et al., 2015, eq. 6), and its gradient, which
// computes tanh again rather than keeping [Tq, Tk, W] of it.
#include "math.hpp"
#include "table.hpp"

namespace strata::onednn::STRATA_ISA {
namespace {

template <class T>
void additive(const AdditiveRow& row) {
  const auto* query = static_cast<const T*>(row.query);
  const auto* keys = static_cast<const T*>(row.keys);
  std::int64_t k = 0;
  for (; k + 4 <= row.keys_count; k += 4) {
    Floats total[4] = {};
    sweep(row.width, [&](std::int64_t j, std::int64_t n) {
      const Floats q = get(query + j, n), v = get(row.v + j, n);
      for (int i = 0; i < 4; ++i) total[i] += v * tanh(q + get(keys + (k + i) * row.key_stride + j, n));
    });
    for (int i = 0; i < 4; ++i) row.scores[k + i] = sum(total[i]);
  }
  for (; k < row.keys_count; ++k) {
    Floats total{};
    sweep(row.width, [&](std::int64_t j, std::int64_t n) {
      total += get(row.v + j, n) * tanh(get(query + j, n) + get(keys + k * row.key_stride + j, n));
    });
    row.scores[k] = sum(total);
  }
}

enum class Keys { none, write, add };

template <class T, class K, Keys kKeys>
STRATA_INLINE void backward(const AdditiveRowBackward& row) {
  const auto* query = static_cast<const T*>(row.query);
  const auto* keys = static_cast<const T*>(row.keys);
  auto* dkeys = static_cast<K*>(row.keys_gradient);
  auto* dquery = static_cast<T*>(row.query_gradient);
  sweep(row.width, [&](std::int64_t j, std::int64_t n) {
    const Floats q = get(query + j, n), v = get(row.v + j, n);
    Floats dq{}, dv{};
    const T* key = keys + j;
    K* dkey = dkeys + j;
    for (std::int64_t k = 0; k < row.keys_count; ++k, key += row.key_stride, dkey += row.keys_gradient_stride) {
      const Floats t = tanh(q + get(key, n)), ds = broadcast(row.score_gradient[k]);
      const Floats g = ds - ds * t * t;  // times v, which is left for the end
      dv += t * ds;
      dq += g;
      if constexpr (kKeys == Keys::write) put(dkey, v * g, n);
      if constexpr (kKeys == Keys::add) put(dkey, get(dkey, n) + v * g, n);
    }
    put(row.v_gradient + j, get(row.v_gradient + j, n) + dv, n);
    if (dquery != nullptr) put(dquery + j, dq * v, n);
  });
}

template <class T, class K>
STRATA_INLINE void choose(const AdditiveRowBackward& row) {
  if (row.keys_gradient == nullptr) return backward<T, K, Keys::none>(row);
  return row.add_keys ? backward<T, K, Keys::add>(row) : backward<T, K, Keys::write>(row);
}

template <class T>
void additive_backward(const AdditiveRowBackward& row) {
  if (row.float_keys_gradient) {
    choose<T, float>(row);
  } else {
    choose<T, T>(row);
  }
}

}  // namespace

void fill_additive(VectorTable& table) {
  table.additive[0] = additive<float>;
  table.additive[1] = additive<Half>;
  table.additive_backward[0] = additive_backward<float>;
  table.additive_backward[1] = additive_backward<Half>;
}

}  // namespace strata::onednn::STRATA_ISA
