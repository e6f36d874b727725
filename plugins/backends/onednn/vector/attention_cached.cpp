// Attention of one query over keys that lie in different rows of a cache: each key's heads are read as one stretch.
#include "math.hpp"
#include "simd.hpp"
#include "table.hpp"

namespace strata::onednn::STRATA_ISA {
namespace {

// scores[j][h] = scale q[h] . k[j][h / group] for up to kWidth heads; the lanes beyond `heads` are zero.
template <class T>
void scores_of(const CachedQuery& call) {
  const T* q = static_cast<const T*>(call.q);
  for (std::int64_t j = 0; j < call.keys; ++j) {
    const T* key = static_cast<const T*>(call.k) + call.rows[j] * call.k_row + j * call.k_key;
    Floats sums[kWidth] = {};
    for (std::int64_t h = 0; h < call.heads; ++h) {
      const T *own = q + h * call.q_head, *other = key + (call.first_head + h) / call.group * call.k_head;
      Floats sum{};
      sweep(call.width, [&](std::int64_t i, std::int64_t n) { sum += get(own + i, n) * get(other + i, n); });
      sums[h] = sum;
    }
    store(call.scratch + j * kWidth, sums_of(sums) * call.scale);
  }
}

// Scores become weights, a head a lane.
void normalise(float* scores, std::int64_t keys) {
  Floats highest = load(scores), total{};
  for (std::int64_t j = 1; j < keys; ++j) highest = larger(highest, load(scores + j * kWidth));
  for (std::int64_t j = 0; j < keys; ++j) {
    const Floats weight = exp_negative(load(scores + j * kWidth) - highest);
    total += weight;
    store(scores + j * kWidth, weight);
  }
  const Floats inverse = 1.0F / total;
  for (std::int64_t j = 0; j < keys; ++j) store(scores + j * kWidth, load(scores + j * kWidth) * inverse);
}

// y[h] = sum of weight[j][h] v[j][h / group]
template <class T>
void mixed(const CachedQuery& call) {
  constexpr int kParts = 4;  // vectors of a head at once
  for (std::int64_t h = 0; h < call.heads; ++h) {
    const T* values = static_cast<const T*>(call.v) + (call.first_head + h) / call.group * call.v_head;
    T* y = static_cast<T*>(call.y) + h * call.y_head;
    for (std::int64_t begin = 0; begin < call.value_width; begin += kParts * kWidth) {
      const std::int64_t left = call.value_width - begin;
      Floats sums[kParts] = {};
      for (std::int64_t j = 0; j < call.keys; ++j) {
        const T* value = values + call.rows[j] * call.v_row + j * call.v_key + begin;
        const float weight = call.scratch[j * kWidth + h];
        for (int part = 0; part < kParts; ++part) {
          const std::int64_t n = left - part * kWidth;
          if (n >= kWidth) {
            sums[part] += weight * load(value + part * kWidth);
          } else if (n > 0) {
            sums[part] += weight * load_part(value + part * kWidth, n);
          }
        }
      }
      for (int part = 0; part < kParts; ++part) {
        const std::int64_t n = left - part * kWidth;
        if (n > 0) put(y + begin + part * kWidth, sums[part], n < kWidth ? n : kWidth);
      }
    }
  }
}

template <class T>
void attention_cached(const CachedQuery& call) {
  scores_of<T>(call);
  normalise(call.scratch, call.keys);
  mixed<T>(call);
}

}  // namespace

void fill_attention_cached(VectorTable& table) {
  table.attention_cached[0] = attention_cached<float>;
  table.attention_cached[1] = attention_cached<Half>;
  table.lanes = kWidth;
}

}  // namespace strata::onednn::STRATA_ISA
