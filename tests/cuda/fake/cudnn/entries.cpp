// Stands in for NVIDIA's libcudnn.so.9 where there is no GPU: the recurrent layers of its documentation, in float64 on
// the memory of the stand-in for a card, in the queue's order. What a caller may get wrong without seeing it is made to
// show: gates stand in the weight space in an order of their own with gaps between them, spaces that are too small and
// calls in the wrong order are refused, and what is not written is NaN.
//   FAKE_CUDNN_VERSION n   of the library (this toolkit's)       FAKE_CUDNN_REFUSES 1   it takes no layer
#include <cuda.h>
#include <cudnn.h>

#include <cstdint>
#include <cstring>

#include "cuda/fake/cudnn/backward.hpp"
#include "cuda/fake/cudnn/forward.hpp"
#include "cuda/fake/cudnn/layer.hpp"
#include "cuda/fake/cudnn/reserve.hpp"
#include "cuda/fake/cudnn/weights.hpp"
#include "cuda/fake/environment.hpp"
#include "cuda/fake/queue.hpp"

using namespace fake::cudnn;
using fake::number;

namespace {

// `work` in its turn: what it is given by pointers is copied, as a replay reads it again.
template <class Work>
cudnnStatus_t in_queue(cudnnHandle_t handle, const Work& work) {
  const int queued = fake::in_queue(handle->stream, work);
  return queued == 0                          ? CUDNN_STATUS_SUCCESS
         : queued == CUDA_ERROR_OUT_OF_MEMORY ? CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED
                                              : CUDNN_STATUS_EXECUTION_FAILED;
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
  *one = {mode, type, static_cast<std::size_t>(input), static_cast<std::size_t>(hidden)};
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
  *one = {type, static_cast<std::size_t>(time), static_cast<std::size_t>(batch), static_cast<std::size_t>(width)};
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t CUDNNWINAPI cudnnGetRNNWeightSpaceSize(cudnnHandle_t, cudnnRNNDescriptor_t rnn, std::size_t* bytes) {
  *bytes = Places(*rnn).bytes();
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t CUDNNWINAPI cudnnGetRNNTempSpaceSizes(cudnnHandle_t, cudnnRNNDescriptor_t rnn, cudnnForwardMode_t mode,
                                                    cudnnRNNDataDescriptor_t x, std::size_t* work,
                                                    std::size_t* reserve) {
  const bool trains = mode == CUDNN_FWD_MODE_TRAINING;
  *work = least_work(trains);
  *reserve = trains ? Reserve::bytes(Layer{*rnn, x->time, x->batch}) : 0;
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t CUDNNWINAPI cudnnGetRNNWeightParams(cudnnHandle_t, cudnnRNNDescriptor_t rnn, int32_t layer, std::size_t,
                                                  const void* space, int32_t gate, cudnnTensorDescriptor_t matrix,
                                                  void** matrix_at, cudnnTensorDescriptor_t bias, void** bias_at) {
  const auto gates = static_cast<int32_t>(rnn->gates());
  if (layer != 0 || gate < 0 || gate >= 2 * gates || matrix == nullptr || bias == nullptr) {
    return CUDNN_STATUS_BAD_PARAM;
  }
  const Places places(*rnn);
  auto* base = static_cast<char*>(const_cast<void*>(space));
  *matrix_at = base + places.matrix[gate] * places.size;
  *bias_at = base + places.bias[gate] * places.size;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t CUDNNWINAPI cudnnRNNForward(cudnnHandle_t handle, cudnnRNNDescriptor_t rnn, cudnnForwardMode_t mode,
                                          const int32_t lengths[], cudnnRNNDataDescriptor_t x_of, const void* x,
                                          cudnnRNNDataDescriptor_t y_of, void* y, cudnnTensorDescriptor_t h_of,
                                          const void* hx, void* hy, cudnnTensorDescriptor_t c_of, const void* cx,
                                          void* cy, std::size_t weight_bytes, const void* weights,
                                          std::size_t work_bytes, void* work, std::size_t reserve_bytes,
                                          void* reserve) {
  if (!fit(rnn, x_of, y_of, h_of) || lengths != nullptr) return CUDNN_STATUS_BAD_PARAM;
  const bool trains = mode == CUDNN_FWD_MODE_TRAINING;
  const Layer layer{*rnn, x_of->time, x_of->batch};
  if ((layer.lstm() && c_of != h_of) ||
      !suffice({weight_bytes, weights, work_bytes, work, reserve_bytes, reserve}, layer, trains)) {
    return CUDNN_STATUS_BAD_PARAM;
  }
  const Forward call{.layer = layer,
                     .x = x,
                     .hx = hx,
                     .cx = cx,
                     .weights = weights,
                     .y = y,
                     .hy = hy,
                     .cy = cy,
                     .reserve = trains ? reserve : nullptr};
  return in_queue(handle, [=] {
    layer_forward(call);
    std::memset(work, 0xFF, work_bytes);
  });
}

cudnnStatus_t CUDNNWINAPI cudnnRNNBackwardData_v8(cudnnHandle_t handle, cudnnRNNDescriptor_t rnn,
                                                  const int32_t lengths[], cudnnRNNDataDescriptor_t y_of, const void* y,
                                                  const void* dy, cudnnRNNDataDescriptor_t x_of, void* dx,
                                                  cudnnTensorDescriptor_t h_of, const void* hx, const void* dhy,
                                                  void* dhx, cudnnTensorDescriptor_t c_of, const void*, const void* dcy,
                                                  void* dcx, std::size_t weight_bytes, const void* weights,
                                                  std::size_t work_bytes, void* work, std::size_t reserve_bytes,
                                                  void* reserve) {
  if (!fit(rnn, x_of, y_of, h_of) || lengths != nullptr || y == nullptr || dy == nullptr || dx == nullptr) {
    return CUDNN_STATUS_BAD_PARAM;
  }
  const Layer layer{*rnn, x_of->time, x_of->batch};
  if ((layer.lstm() && c_of != h_of) ||
      !suffice({weight_bytes, weights, work_bytes, work, reserve_bytes, reserve}, layer, true)) {
    return CUDNN_STATUS_BAD_PARAM;
  }
  const BackwardData call{.layer = layer,
                          .y = y,
                          .dy = dy,
                          .hx = hx,
                          .dhy = dhy,
                          .dcy = dcy,
                          .weights = weights,
                          .dx = dx,
                          .dhx = dhx,
                          .dcx = dcx,
                          .reserve = reserve};
  return in_queue(handle, [=] {
    data_backward(call);
    std::memset(work, 0xFF, work_bytes);
  });
}

cudnnStatus_t CUDNNWINAPI cudnnRNNBackwardWeights_v8(cudnnHandle_t handle, cudnnRNNDescriptor_t rnn,
                                                     cudnnWgradMode_t adds, const int32_t lengths[],
                                                     cudnnRNNDataDescriptor_t x_of, const void* x,
                                                     cudnnTensorDescriptor_t h_of, const void* hx,
                                                     cudnnRNNDataDescriptor_t y_of, const void* y,
                                                     std::size_t weight_bytes, void* d_weights, std::size_t work_bytes,
                                                     void* work, std::size_t reserve_bytes, void* reserve) {
  if (!fit(rnn, x_of, y_of, h_of) || lengths != nullptr || adds != CUDNN_WGRAD_MODE_ADD) return CUDNN_STATUS_BAD_PARAM;
  const Layer layer{*rnn, x_of->time, x_of->batch};
  if (!suffice({weight_bytes, d_weights, work_bytes, work, reserve_bytes, reserve}, layer, true)) {
    return CUDNN_STATUS_BAD_PARAM;
  }
  const BackwardWeights call{.layer = layer, .x = x, .hx = hx, .y = y, .d_weights = d_weights, .reserve = reserve};
  return in_queue(handle, [=] { weights_backward(call); });
}

}  // extern "C"
