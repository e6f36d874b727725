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

template <class T, class K>
STRATA_INLINE void backward(const AdditiveRowBackward& row) {
  const auto* query = static_cast<const T*>(row.query);
  const auto* keys = static_cast<const T*>(row.keys);
  auto* dkeys = static_cast<K*>(row.keys_gradient);
  auto* dquery = static_cast<T*>(row.query_gradient);
  sweep(row.width, [&](std::int64_t j, std::int64_t n) {
    const Floats q = get(query + j, n), v = get(row.v + j, n);
    Floats dq{}, dv = get(row.v_gradient + j, n);
    for (std::int64_t k = 0; k < row.keys_count; ++k) {
      const Floats t = tanh(q + get(keys + k * row.key_stride + j, n));
      const float ds = row.score_gradient[k];
      const Floats g = v * ds * (1.0F - t * t);
      dv += t * ds;
      dq += g;
      if (dkeys != nullptr) {
        K* at = dkeys + k * row.keys_gradient_stride + j;
        put(at, row.add_keys ? get(at, n) + g : g, n);
      }
    }
    put(row.v_gradient + j, dv, n);
    if (dquery != nullptr) put(dquery + j, dq, n);
  });
}

template <class T>
void additive_backward(const AdditiveRowBackward& row) {
  if (row.float_keys_gradient) {
    backward<T, float>(row);
  } else {
    backward<T, T>(row);
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
