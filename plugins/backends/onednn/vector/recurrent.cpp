// One row of an LSTM or GRU step, forward and backward: everything of a step that is not a product.
#include "math.hpp"
#include "table.hpp"

namespace strata::onednn::STRATA_ISA {
namespace {

template <class T, class C>
void lstm(const LstmRow& row) {
  const std::int64_t h = row.width;
  const auto* gates = static_cast<const T*>(row.gates);
  const auto* cell = static_cast<const C*>(row.cell);
  auto* next_cell = static_cast<C*>(row.next_cell);
  auto* activated = static_cast<T*>(row.activated);
  auto* hidden = static_cast<T*>(row.hidden);
  auto* copy = static_cast<T*>(row.hidden_copy);
  const float* recurrent = row.recurrent;
  sweep(h, [&](std::int64_t j, std::int64_t n) {
    Floats gate[4];
    for (int k = 0; k < 4; ++k) gate[k] = get(gates + k * h + j, n);
    if (recurrent != nullptr) {
      for (int k = 0; k < 4; ++k) gate[k] += get(recurrent + k * h + j, n);
    }
    const Floats i = sigmoid(gate[0]), f = sigmoid(gate[1]), g = tanh(gate[2]), o = sigmoid(gate[3]);
    const Floats c = f * get(cell + j, n) + i * g;
    const Floats y = o * tanh(c);
    put(next_cell + j, c, n);
    put(hidden + j, y, n);
    if (copy != nullptr) put(copy + j, y, n);
    if (activated != nullptr) {
      put(activated + j, i, n);
      put(activated + h + j, f, n);
      put(activated + 2 * h + j, g, n);
      put(activated + 3 * h + j, o, n);
    }
  });
}

template <class T, class C>
void lstm_backward(const LstmRowBackward& row) {
  const std::int64_t h = row.width;
  const auto* activated = static_cast<const T*>(row.activated);
  const auto* cell = static_cast<const C*>(row.cell);
  const auto* next_cell = static_cast<const C*>(row.next_cell);
  const auto* dy = static_cast<const T*>(row.output_gradient);
  auto* dgates = static_cast<T*>(row.gates_gradient);
  auto* copy = static_cast<T*>(row.gates_gradient_copy);
  sweep(h, [&](std::int64_t j, std::int64_t n) {
    const Floats i = get(activated + j, n), f = get(activated + h + j, n), g = get(activated + 2 * h + j, n),
                 o = get(activated + 3 * h + j, n);
    Floats dh{};
    if (dy != nullptr) dh += get(dy + j, n);
    if (row.hidden_gradient != nullptr) dh += get(row.hidden_gradient + j, n);
    const Floats t = tanh(get(next_cell + j, n));
    const Floats dc = get(row.cell_gradient + j, n) + dh * o * (1.0F - t * t);
    Floats d[4];
    d[0] = dc * g * (i - i * i);
    d[1] = dc * get(cell + j, n) * (f - f * f);
    d[2] = dc * i * (1.0F - g * g);
    d[3] = dh * t * (o - o * o);
    put(row.cell_gradient + j, dc * f, n);
    for (int k = 0; k < 4; ++k) {
      put(dgates + k * h + j, d[k], n);
      if (copy != nullptr) put(copy + k * h + j, d[k], n);
    }
  });
}

template <class T, class G>
void gru(const GruRow& row) {
  const std::int64_t h = row.width;
  const auto* x = static_cast<const T*>(row.x_gates);
  const auto* u = static_cast<const G*>(row.h_gates);
  const auto* hidden = static_cast<const T*>(row.hidden);
  auto* next = static_cast<T*>(row.next_hidden);
  auto* copy = static_cast<T*>(row.next_hidden_copy);
  auto* activated = static_cast<T*>(row.activated);
  sweep(h, [&](std::int64_t j, std::int64_t n) {
    const Floats r = sigmoid(get(x + j, n) + get(u + j, n));
    const Floats z = sigmoid(get(x + h + j, n) + get(u + h + j, n));
    const Floats u_n = get(u + 2 * h + j, n);
    const Floats c = tanh(get(x + 2 * h + j, n) + r * u_n);
    const Floats y = c + z * (get(hidden + j, n) - c);
    put(next + j, y, n);
    if (copy != nullptr) put(copy + j, y, n);
    if (activated != nullptr) {
      put(activated + j, r, n);
      put(activated + h + j, z, n);
      put(activated + 2 * h + j, c, n);
      put(activated + 3 * h + j, u_n, n);
    }
  });
}

template <class T, class G>
void gru_backward(const GruRowBackward& row) {
  const std::int64_t h = row.width;
  const auto* activated = static_cast<const T*>(row.activated);
  const auto* hidden = static_cast<const T*>(row.hidden);
  const auto* dy = static_cast<const T*>(row.output_gradient);
  auto* dx = static_cast<T*>(row.x_gradient);
  auto* du = static_cast<G*>(row.h_gradient);
  auto* copy = static_cast<G*>(row.h_gradient_copy);
  sweep(h, [&](std::int64_t j, std::int64_t n) {
    const Floats r = get(activated + j, n), z = get(activated + h + j, n), c = get(activated + 2 * h + j, n),
                 u_n = get(activated + 3 * h + j, n);
    Floats dh = get(row.hidden_gradient + j, n);
    if (dy != nullptr) dh += get(dy + j, n);
    const Floats dc = dh * (1.0F - z) * (1.0F - c * c);
    const Floats dz = dh * (get(hidden + j, n) - c) * (z - z * z);
    const Floats dr = dc * u_n * (r - r * r);
    put(row.hidden_gradient + j, dh * z, n);
    put(dx + j, dr, n);
    put(dx + h + j, dz, n);
    put(dx + 2 * h + j, dc, n);
    put(du + j, dr, n);
    put(du + h + j, dz, n);
    put(du + 2 * h + j, dc * r, n);
    if (copy != nullptr) {
      put(copy + j, dr, n);
      put(copy + h + j, dz, n);
      put(copy + 2 * h + j, dc * r, n);
    }
  });
}

}  // namespace

void fill_recurrent(VectorTable& table) {
  table.lstm[0][0] = lstm<float, float>;
  table.lstm[0][1] = lstm<float, Half>;
  table.lstm[1][0] = lstm<Half, float>;
  table.lstm[1][1] = lstm<Half, Half>;
  table.lstm_backward[0][0] = lstm_backward<float, float>;
  table.lstm_backward[0][1] = lstm_backward<float, Half>;
  table.lstm_backward[1][0] = lstm_backward<Half, float>;
  table.lstm_backward[1][1] = lstm_backward<Half, Half>;
  table.gru[0][0] = gru<float, float>;
  table.gru[0][1] = gru<float, Half>;
  table.gru[1][0] = gru<Half, float>;
  table.gru[1][1] = gru<Half, Half>;
  table.gru_backward[0][0] = gru_backward<float, float>;
  table.gru_backward[0][1] = gru_backward<float, Half>;
  table.gru_backward[1][0] = gru_backward<Half, float>;
  table.gru_backward[1][1] = gru_backward<Half, Half>;
}

}  // namespace strata::onednn::STRATA_ISA
