// Stands in for NVIDIA's libcudnn.so.9 where there is no GPU: the recurrent layers of its documentation, in float64 on
// the memory of the stand-in for a card, in the queue's order. What a caller may get wrong without seeing it is made to
// show: gates stand in the weight space in an order of their own with gaps between them, spaces that are too small and
// calls in the wrong order are refused, and what is not written is NaN.
//   FAKE_CUDNN_VERSION n   of the library (this toolkit's)       FAKE_CUDNN_REFUSES 1   it takes no layer
#include <cuda.h>
#include <cudnn.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <memory>
#include <stdexcept>
#include <vector>

#include "fake_queue.hpp"

// What the library keeps behind its handles.
struct cudnnContext {
  CUstream stream = nullptr;
};
struct cudnnDropoutStruct {
  float probability = -1;
};
struct cudnnTensorStruct {
  cudnnDataType_t type = CUDNN_DATA_INT8;
  std::vector<int> extents, strides;
};
struct cudnnRNNStruct {
  cudnnRNNMode_t mode = CUDNN_RNN_RELU;
  cudnnDataType_t type = CUDNN_DATA_INT8;
  int input = 0, hidden = 0;
  int gates() const { return mode == CUDNN_LSTM ? 4 : mode == CUDNN_GRU ? 3 : 1; }
};
struct cudnnRNNDataStruct {
  cudnnDataType_t type = CUDNN_DATA_INT8;
  int time = 0, batch = 0, width = 0;
};

namespace {

using Numbers = std::vector<double>;

long long number(const char* name, long long fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::atoll(text);
}

std::size_t size_of(cudnnDataType_t type) { return type == CUDNN_DATA_DOUBLE ? 8 : type == CUDNN_DATA_FLOAT ? 4 : 2; }

double half_of(std::uint16_t bits) {
  const int exponent = (bits >> 10U) & 0x1F, fraction = bits & 0x3FF;
  const double size = exponent == 0    ? std::ldexp(fraction, -24)
                      : exponent == 31 ? (fraction == 0 ? std::numeric_limits<double>::infinity() : std::nan(""))
                                       : std::ldexp(1024 + fraction, exponent - 25);
  return (bits & 0x8000U) != 0 ? -size : size;
}
// To the nearest, ties to even: a number of 11 bits at the number's own exponent.
std::uint16_t half_from(double value) {
  const std::uint16_t sign = std::signbit(value) ? 0x8000U : 0;
  if (std::isnan(value)) return 0x7E00U;
  const double size = std::abs(value);
  if (size >= 65520) return static_cast<std::uint16_t>(sign | 0x7C00U);
  const int exponent = std::max(size == 0 ? -24 : std::ilogb(size) - 10, -24);
  const auto units = static_cast<std::uint16_t>(std::nearbyint(std::ldexp(size, -exponent)));
  return static_cast<std::uint16_t>(sign |
                                    (units + (exponent > -24 ? static_cast<unsigned>(exponent + 24) << 10U : 0U)));
}

double get(const void* data, std::size_t i, cudnnDataType_t type) {
  if (type == CUDNN_DATA_DOUBLE) return static_cast<const double*>(data)[i];
  if (type == CUDNN_DATA_FLOAT) return static_cast<double>(static_cast<const float*>(data)[i]);
  const std::uint16_t bits = static_cast<const std::uint16_t*>(data)[i];
  if (type == CUDNN_DATA_HALF) return half_of(bits);
  const std::uint32_t word = static_cast<std::uint32_t>(bits) << 16U;
  float value;
  std::memcpy(&value, &word, sizeof value);
  return static_cast<double>(value);
}
void put(void* data, std::size_t i, cudnnDataType_t type, double value) {
  if (type == CUDNN_DATA_DOUBLE) static_cast<double*>(data)[i] = value;
  if (type == CUDNN_DATA_FLOAT) static_cast<float*>(data)[i] = static_cast<float>(value);
  if (type == CUDNN_DATA_HALF) static_cast<std::uint16_t*>(data)[i] = half_from(value);
  if (type != CUDNN_DATA_BFLOAT16) return;
  const auto rounded = static_cast<float>(value);
  std::uint32_t word;
  std::memcpy(&word, &rounded, sizeof word);
  static_cast<std::uint16_t*>(data)[i] = static_cast<std::uint16_t>((word + 0x7FFFU + ((word >> 16U) & 1U)) >> 16U);
}
// `count` numbers from the card; zeros where there is none, as the library takes a state that is not given.
Numbers read(const void* data, std::size_t count, cudnnDataType_t type) {
  Numbers all(count);
  for (std::size_t i = 0; data != nullptr && i < count; ++i) all[i] = get(data, i, type);
  return all;
}
void write(void* data, const Numbers& all, cudnnDataType_t type) {
  for (std::size_t i = 0; data != nullptr && i < all.size(); ++i) put(data, i, type, all[i]);
}

// `work` in its turn: what it is given by pointers is copied, as a replay reads it again.
template <class Work>
cudnnStatus_t in_queue(cudnnHandle_t handle, const Work& work) {
  return fake::in_queue(handle->stream, work) == 0 ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_EXECUTION_FAILED;
}

// Where the matrix and the bias of a gate stand, in elements: the last one first, biases before matrices, gaps between.
struct Places {
  std::size_t matrix[8], bias[8], count;
  explicit Places(const cudnnRNNStruct& rnn) : count(24) {
    for (int i = 2 * rnn.gates() - 1; i >= 0; --i) {
      bias[i] = count;
      count += (static_cast<std::size_t>(rnn.hidden) + 7) / 8 * 8 + 8;
      matrix[i] = count;
      count += (static_cast<std::size_t>(rnn.hidden * (i < rnn.gates() ? rnn.input : rnn.hidden)) + 7) / 8 * 8 + 16;
    }
  }
};

// One layer's weights as numbers.
struct Weights {
  std::vector<Numbers> matrix, bias;
  Weights(const cudnnRNNStruct& rnn, const void* space) {
    const Places places(rnn);
    const auto part = [&](std::size_t at, int numbers) {
      return read(static_cast<const char*>(space) + at * size_of(rnn.type), static_cast<std::size_t>(numbers),
                  rnn.type);
    };
    for (int i = 0; i < 2 * rnn.gates(); ++i) {
      matrix.push_back(part(places.matrix[i], rnn.hidden * (i < rnn.gates() ? rnn.input : rnn.hidden)));
      bias.push_back(part(places.bias[i], rnn.hidden));
    }
  }
  // Row j of W x + b.
  double line(int i, int j, const double* x, int width) const {
    double sum = bias[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
    for (int k = 0; k < width; ++k)
      sum += matrix[static_cast<std::size_t>(i)][static_cast<std::size_t>(j * width + k)] * x[k];
    return sum;
  }
};

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

// What forward leaves for backward, and data's backward for the weights': a mark, then for each step, row and unit five
// numbers: gates after their activation and R h + b of a GRU's new memory or the cell; later the gradients of the
// pre-activations.
struct Reserve {
  static constexpr int kNumbers = 5;
  static constexpr double kForward = 101, kBackward = 102;
  double* data;
  int batch, hidden;
  double& mark() const { return data[0]; }
  double* at(int t, int b, int j) const {
    return data + 1 + (static_cast<std::ptrdiff_t>(t * batch + b) * hidden + j) * kNumbers;
  }
  static std::size_t bytes(int time, int batch, int hidden) {
    return (1 + static_cast<std::size_t>(time) * static_cast<std::size_t>(batch * hidden) * kNumbers) * sizeof(double);
  }
};

constexpr std::size_t kWork = 96;  // bytes of work space that are asked for, and written to

bool states_fit(const cudnnTensorStruct* state, const cudnnRNNStruct& rnn, int batch) {
  return state != nullptr && state->type == rnn.type && state->extents == std::vector<int>{1, batch, rnn.hidden} &&
         state->strides == std::vector<int>{batch * rnn.hidden, rnn.hidden, 1};
}

// The call as the documentation wants it.
bool fits(const cudnnRNNStruct* rnn, const cudnnRNNDataStruct* x, const cudnnRNNDataStruct* y,
          const cudnnTensorStruct* state, std::size_t weight_bytes) {
  return rnn != nullptr && x != nullptr && y != nullptr && x->type == rnn->type && y->type == rnn->type &&
         x->width == rnn->input && y->width == rnn->hidden && x->time == y->time && x->batch == y->batch &&
         states_fit(state, *rnn, x->batch) && weight_bytes == Places(*rnn).count * size_of(rnn->type);
}

// Spaces of the library's own layout start at a multiple of 256, as a caller who knows nothing of it should see to.
bool in_place(std::initializer_list<const void*> spaces) {
  return std::all_of(spaces.begin(), spaces.end(),
                     [](const void* space) { return reinterpret_cast<std::uintptr_t>(space) % 256 == 0; });
}

template <class T>
cudnnStatus_t create(T** to) {
  *to = new T;
  return CUDNN_STATUS_SUCCESS;
}
template <class T>
cudnnStatus_t destroy(T* one) {
  delete one;
  return CUDNN_STATUS_SUCCESS;
}

}  // namespace

extern "C" {

std::size_t CUDNNWINAPI cudnnGetVersion() {
  return static_cast<std::size_t>(number("FAKE_CUDNN_VERSION", CUDNN_VERSION));
}
const char* CUDNNWINAPI cudnnGetErrorString(cudnnStatus_t) { return "as the stand-in wants it"; }
cudnnStatus_t CUDNNWINAPI cudnnCreate(cudnnHandle_t* handle) { return create(handle); }
cudnnStatus_t CUDNNWINAPI cudnnDestroy(cudnnHandle_t handle) { return destroy(handle); }
cudnnStatus_t CUDNNWINAPI cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream) {
  handle->stream = reinterpret_cast<CUstream>(stream);
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t CUDNNWINAPI cudnnCreateDropoutDescriptor(cudnnDropoutDescriptor_t* to) { return create(to); }
cudnnStatus_t CUDNNWINAPI cudnnDestroyDropoutDescriptor(cudnnDropoutDescriptor_t one) { return destroy(one); }
cudnnStatus_t CUDNNWINAPI cudnnSetDropoutDescriptor(cudnnDropoutDescriptor_t one, cudnnHandle_t, float probability,
                                                    void*, std::size_t, unsigned long long) {
  one->probability = probability;
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t CUDNNWINAPI cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t* to) { return create(to); }
cudnnStatus_t CUDNNWINAPI cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t one) { return destroy(one); }
cudnnStatus_t CUDNNWINAPI cudnnSetTensorNdDescriptor(cudnnTensorDescriptor_t one, cudnnDataType_t type, int count,
                                                     const int extents[], const int strides[]) {
  *one = {type, {extents, extents + count}, {strides, strides + count}};
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t CUDNNWINAPI cudnnCreateRNNDescriptor(cudnnRNNDescriptor_t* to) { return create(to); }
cudnnStatus_t CUDNNWINAPI cudnnDestroyRNNDescriptor(cudnnRNNDescriptor_t one) { return destroy(one); }
cudnnStatus_t CUDNNWINAPI cudnnSetRNNDescriptor_v8(cudnnRNNDescriptor_t one, cudnnRNNAlgo_t, cudnnRNNMode_t mode,
                                                   cudnnRNNBiasMode_t biases, cudnnDirectionMode_t direction,
                                                   cudnnRNNInputMode_t input_mode, cudnnDataType_t type,
                                                   cudnnDataType_t precision, cudnnMathType_t math, int32_t input,
                                                   int32_t hidden, int32_t projected, int32_t layers,
                                                   cudnnDropoutDescriptor_t dropout, uint32_t) {
  const bool narrow = type == CUDNN_DATA_HALF || type == CUDNN_DATA_BFLOAT16;
  const bool shape = input > 0 && hidden > 0 && projected == hidden && layers == 1 && biases == CUDNN_RNN_DOUBLE_BIAS &&
                     direction == CUDNN_UNIDIRECTIONAL && input_mode == CUDNN_LINEAR_INPUT;
  if (!shape || dropout == nullptr || dropout->probability != 0.0F) return CUDNN_STATUS_BAD_PARAM;
  if (type == CUDNN_DATA_BFLOAT16 && cudnnGetVersion() < 91300) return CUDNN_STATUS_NOT_SUPPORTED;
  if (precision != CUDNN_DATA_FLOAT || (narrow ? math != CUDNN_TENSOR_OP_MATH : math != CUDNN_FMA_MATH)) {
    return CUDNN_STATUS_NOT_SUPPORTED;  // f32 in anything but f32 is not what a caller who does not say so wants
  }
  if (number("FAKE_CUDNN_REFUSES", 0) != 0) return CUDNN_STATUS_NOT_SUPPORTED;
  *one = {mode, type, input, hidden};
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t CUDNNWINAPI cudnnCreateRNNDataDescriptor(cudnnRNNDataDescriptor_t* to) { return create(to); }
cudnnStatus_t CUDNNWINAPI cudnnDestroyRNNDataDescriptor(cudnnRNNDataDescriptor_t one) { return destroy(one); }
cudnnStatus_t CUDNNWINAPI cudnnSetRNNDataDescriptor(cudnnRNNDataDescriptor_t one, cudnnDataType_t type,
                                                    cudnnRNNDataLayout_t layout, int time, int batch, int width,
                                                    const int lengths[], void*) {
  if (layout == CUDNN_RNN_DATA_LAYOUT_BATCH_MAJOR_UNPACKED) return CUDNN_STATUS_NOT_SUPPORTED;
  for (int b = 0; b < batch; ++b) {
    if (lengths[b] != time) return CUDNN_STATUS_NOT_SUPPORTED;  // of the stand-in
  }
  *one = {type, time, batch, width};
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t CUDNNWINAPI cudnnGetRNNWeightSpaceSize(cudnnHandle_t, cudnnRNNDescriptor_t rnn, std::size_t* bytes) {
  *bytes = Places(*rnn).count * size_of(rnn->type);
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t CUDNNWINAPI cudnnGetRNNTempSpaceSizes(cudnnHandle_t, cudnnRNNDescriptor_t rnn, cudnnForwardMode_t mode,
                                                    cudnnRNNDataDescriptor_t x, std::size_t* work,
                                                    std::size_t* reserve) {
  const bool trains = mode == CUDNN_FWD_MODE_TRAINING;
  *work = trains ? 2 * kWork : kWork;
  *reserve = trains ? Reserve::bytes(x->time, x->batch, rnn->hidden) : 0;
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t CUDNNWINAPI cudnnGetRNNWeightParams(cudnnHandle_t, cudnnRNNDescriptor_t rnn, int32_t layer, std::size_t,
                                                  const void* space, int32_t gate, cudnnTensorDescriptor_t matrix,
                                                  void** matrix_at, cudnnTensorDescriptor_t bias, void** bias_at) {
  if (layer != 0 || gate < 0 || gate >= 2 * rnn->gates() || matrix == nullptr || bias == nullptr) {
    return CUDNN_STATUS_BAD_PARAM;
  }
  const Places places(*rnn);
  auto* base = static_cast<char*>(const_cast<void*>(space));
  *matrix_at = base + places.matrix[gate] * size_of(rnn->type);
  *bias_at = base + places.bias[gate] * size_of(rnn->type);
  return CUDNN_STATUS_SUCCESS;
}

// LSTM: i, f, c~, o are gates 0 to 3 and 4 to 7; c' = f c + i c~, h' = o tanh(c'). GRU: r, i, h~ are 0 to 2 and 3 to 5;
// h~ = tanh(W x + b_W + r (R h + b_R)), h' = (1 - i) h~ + i h. RNN: h' = tanh(W x + b_W + R h + b_R).
cudnnStatus_t CUDNNWINAPI cudnnRNNForward(cudnnHandle_t handle, cudnnRNNDescriptor_t given, cudnnForwardMode_t mode,
                                          const int32_t lengths[], cudnnRNNDataDescriptor_t x_of, const void* x,
                                          cudnnRNNDataDescriptor_t y_of, void* y, cudnnTensorDescriptor_t h_of,
                                          const void* hx, void* hy, cudnnTensorDescriptor_t c_of, const void* cx,
                                          void* cy, std::size_t weight_bytes, const void* weights,
                                          std::size_t work_bytes, void* work, std::size_t reserve_bytes,
                                          void* reserve) {
  const auto rnn = std::make_shared<const cudnnRNNStruct>(*given);
  const bool trains = mode == CUDNN_FWD_MODE_TRAINING, lstm = rnn->mode == CUDNN_LSTM;
  if (!fits(given, x_of, y_of, h_of, weight_bytes) || lengths != nullptr || (lstm && c_of != h_of) ||
      !in_place({weights, work, reserve})) {
    return CUDNN_STATUS_BAD_PARAM;
  }
  const int time = x_of->time, batch = x_of->batch, input = rnn->input, hidden = rnn->hidden, gates = rnn->gates();
  if (work_bytes < (trains ? 2 * kWork : kWork) || work == nullptr ||
      (trains && (reserve == nullptr || reserve_bytes < Reserve::bytes(time, batch, hidden)))) {
    return CUDNN_STATUS_BAD_PARAM;
  }
  return in_queue(handle, [=] {
    const auto type = rnn->type;
    const auto units = static_cast<std::size_t>(batch * hidden), steps = static_cast<std::size_t>(time);
    const Weights w(*rnn, weights);
    const Numbers in = read(x, steps * static_cast<std::size_t>(batch * input), type);
    Numbers h = read(hx, units, type), c = read(lstm ? cx : nullptr, units, type), out(steps * units);
    Numbers kept(steps * units * Reserve::kNumbers + 1);
    const Reserve keeps{kept.data(), batch, hidden};
    for (int t = 0; t < time; ++t) {
      const Numbers before = h;
      for (int b = 0; b < batch; ++b) {
        for (int j = 0; j < hidden; ++j) {
          const double* row = in.data() + static_cast<std::ptrdiff_t>(t * batch + b) * input;
          const double* state = before.data() + static_cast<std::ptrdiff_t>(b) * hidden;
          const auto of_x = [&](int k) { return w.line(k, j, row, input); };
          const auto of_h = [&](int k) { return w.line(gates + k, j, state, hidden); };
          const auto unit = static_cast<std::size_t>(b * hidden + j);
          double* keep = keeps.at(t, b, j);
          if (lstm) {
            for (int k = 0; k < 4; ++k) keep[k] = k == 2 ? std::tanh(of_x(k) + of_h(k)) : sigmoid(of_x(k) + of_h(k));
            keep[4] = c[unit];
            c[unit] = keep[1] * c[unit] + keep[0] * keep[2];
            h[unit] = keep[3] * std::tanh(c[unit]);
          } else if (rnn->mode == CUDNN_GRU) {
            for (int k = 0; k < 2; ++k) keep[k] = sigmoid(of_x(k) + of_h(k));
            keep[3] = of_h(2);
            keep[2] = std::tanh(of_x(2) + keep[0] * keep[3]);
            h[unit] = (1 - keep[1]) * keep[2] + keep[1] * before[unit];
          } else {
            h[unit] = std::tanh(of_x(0) + of_h(0));
            keep[0] = h[unit];
          }
          // The state is stored in the layer's type between steps.
          put(y, static_cast<std::size_t>(t) * units + unit, type, h[unit]);
          h[unit] = get(y, static_cast<std::size_t>(t) * units + unit, type);
        }
      }
    }
    write(hy, h, type);
    if (lstm) write(cy, c, type);
    std::memset(work, 0xFF, work_bytes);
    if (trains) {
      keeps.mark() = Reserve::kForward;
      std::memcpy(reserve, kept.data(), kept.size() * sizeof(double));
    }
  });
}

cudnnStatus_t CUDNNWINAPI cudnnRNNBackwardData_v8(cudnnHandle_t handle, cudnnRNNDescriptor_t given,
                                                  const int32_t lengths[], cudnnRNNDataDescriptor_t y_of, const void* y,
                                                  const void* dy, cudnnRNNDataDescriptor_t x_of, void* dx,
                                                  cudnnTensorDescriptor_t h_of, const void* hx, const void* dhy,
                                                  void* dhx, cudnnTensorDescriptor_t c_of, const void*, const void* dcy,
                                                  void* dcx, std::size_t weight_bytes, const void* weights,
                                                  std::size_t work_bytes, void* work, std::size_t reserve_bytes,
                                                  void* reserve) {
  const auto rnn = std::make_shared<const cudnnRNNStruct>(*given);
  const bool lstm = rnn->mode == CUDNN_LSTM;
  if (!fits(given, x_of, y_of, h_of, weight_bytes) || lengths != nullptr || (lstm && c_of != h_of) || y == nullptr ||
      dy == nullptr || dx == nullptr || work == nullptr || work_bytes < 2 * kWork ||
      !in_place({weights, work, reserve})) {
    return CUDNN_STATUS_BAD_PARAM;
  }
  const int time = x_of->time, batch = x_of->batch, input = rnn->input, hidden = rnn->hidden, gates = rnn->gates();
  if (reserve == nullptr || reserve_bytes < Reserve::bytes(time, batch, hidden)) return CUDNN_STATUS_BAD_PARAM;
  return in_queue(handle, [=] {
    const Reserve keeps{static_cast<double*>(reserve), batch, hidden};
    if (keeps.mark() != Reserve::kForward) throw std::runtime_error("the reserve is of another call");
    const auto type = rnn->type;
    const auto units = static_cast<std::size_t>(batch * hidden), steps = static_cast<std::size_t>(time);
    const Weights w(*rnn, weights);
    const Numbers out = read(y, steps * units, type), d_out = read(dy, steps * units, type),
                  first = read(hx, units, type);
    Numbers dh = read(dhy, units, type), dc = read(lstm ? dcy : nullptr, units, type);
    Numbers d_in(steps * static_cast<std::size_t>(batch * input));
    for (int t = time - 1; t >= 0; --t) {
      Numbers before(units);
      for (int b = 0; b < batch; ++b) {
        for (int j = 0; j < hidden; ++j) {
          const auto unit = static_cast<std::size_t>(b * hidden + j);
          const std::size_t here = static_cast<std::size_t>(t) * units + unit;
          const double g = dh[unit] + d_out[here], state = t > 0 ? out[here - units] : first[unit];
          double* keep = keeps.at(t, b, j);
          double d[5] = {};  // of the pre-activations; of a GRU's R h + b at 3
          if (lstm) {
            const double i = keep[0], f = keep[1], n = keep[2], o = keep[3], old = keep[4];
            const double th = std::tanh(f * old + i * n), dnext = dc[unit] + g * o * (1 - th * th);
            d[0] = dnext * n * i * (1 - i);
            d[1] = dnext * old * f * (1 - f);
            d[2] = dnext * i * (1 - n * n);
            d[3] = g * th * o * (1 - o);
            dc[unit] = dnext * f;
          } else if (rnn->mode == CUDNN_GRU) {
            const double r = keep[0], z = keep[1], n = keep[2];
            d[2] = g * (1 - z) * (1 - n * n);
            d[1] = g * (state - n) * z * (1 - z);
            d[0] = d[2] * keep[3] * r * (1 - r);
            d[3] = d[2] * r;
            before[unit] += g * z;
          } else {
            d[0] = g * (1 - keep[0] * keep[0]);
          }
          std::memcpy(keep, d, sizeof d);
          for (int k = 0; k < gates; ++k) {
            const auto gate = static_cast<std::size_t>(k), of_state = static_cast<std::size_t>(gates + k);
            const double into_state = rnn->mode == CUDNN_GRU && k == 2 ? d[3] : d[k];
            for (int m = 0; m < input; ++m) {
              d_in[static_cast<std::size_t>((t * batch + b) * input + m)] +=
                  d[k] * w.matrix[gate][static_cast<std::size_t>(j * input + m)];
            }
            for (int m = 0; m < hidden; ++m) {
              before[static_cast<std::size_t>(b * hidden + m)] +=
                  into_state * w.matrix[of_state][static_cast<std::size_t>(j * hidden + m)];
            }
          }
        }
      }
      dh = before;
    }
    write(dx, d_in, type);
    write(dhx, dh, type);
    if (lstm) write(dcx, dc, type);
    std::memset(work, 0xFF, work_bytes);
    keeps.mark() = Reserve::kBackward;
  });
}

cudnnStatus_t CUDNNWINAPI cudnnRNNBackwardWeights_v8(cudnnHandle_t handle, cudnnRNNDescriptor_t given,
                                                     cudnnWgradMode_t adds, const int32_t lengths[],
                                                     cudnnRNNDataDescriptor_t x_of, const void* x,
                                                     cudnnTensorDescriptor_t h_of, const void* hx,
                                                     cudnnRNNDataDescriptor_t y_of, const void* y,
                                                     std::size_t weight_bytes, void* d_weights, std::size_t work_bytes,
                                                     void* work, std::size_t reserve_bytes, void* reserve) {
  const auto rnn = std::make_shared<const cudnnRNNStruct>(*given);
  if (!fits(given, x_of, y_of, h_of, weight_bytes) || lengths != nullptr || adds != CUDNN_WGRAD_MODE_ADD ||
      work == nullptr || work_bytes < 2 * kWork || !in_place({d_weights, work, reserve})) {
    return CUDNN_STATUS_BAD_PARAM;
  }
  const int time = x_of->time, batch = x_of->batch, input = rnn->input, hidden = rnn->hidden, gates = rnn->gates();
  if (reserve == nullptr || reserve_bytes < Reserve::bytes(time, batch, hidden)) return CUDNN_STATUS_BAD_PARAM;
  return in_queue(handle, [=] {
    const Reserve keeps{static_cast<double*>(reserve), batch, hidden};
    if (keeps.mark() != Reserve::kBackward) throw std::runtime_error("the reserve is of another call");
    const auto type = rnn->type;
    const auto units = static_cast<std::size_t>(batch * hidden), steps = static_cast<std::size_t>(time);
    const Numbers in = read(x, steps * static_cast<std::size_t>(batch * input), type),
                  out = read(y, steps * units, type), first = read(hx, units, type);
    const Places places(*rnn);
    for (int i = 0; i < 2 * gates; ++i) {
      const bool of_state = i >= gates;
      const int width = of_state ? hidden : input, k = i % gates;
      for (int j = 0; j < hidden; ++j) {
        Numbers row(static_cast<std::size_t>(width) + 1);
        for (int t = 0; t < time; ++t) {
          for (int b = 0; b < batch; ++b) {
            const double d = keeps.at(t, b, j)[of_state && rnn->mode == CUDNN_GRU && k == 2 ? 3 : k];
            const double* from = !of_state ? in.data() + static_cast<std::ptrdiff_t>(t * batch + b) * input
                                 : t > 0   ? out.data() + static_cast<std::ptrdiff_t>((t - 1) * batch + b) * hidden
                                           : first.data() + static_cast<std::ptrdiff_t>(b) * hidden;
            for (int m = 0; m < width; ++m) row[static_cast<std::size_t>(m)] += d * from[m];
            row.back() += d;
          }
        }
        const auto add = [&](std::size_t at, double value) {
          put(d_weights, at, type, get(d_weights, at, type) + value);
        };
        for (int m = 0; m < width; ++m)
          add(places.matrix[i] + static_cast<std::size_t>(j * width + m), row[static_cast<std::size_t>(m)]);
        add(places.bias[i] + static_cast<std::size_t>(j), row.back());
      }
    }
  });
}

}  // extern "C"
