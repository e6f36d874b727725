#if __has_include(<cudnn.h>)
#include "rnn_plan.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "queue.hpp"
#include "rnn.hpp"
#include "strata/core/error.hpp"
#include "strata/core/log.hpp"

namespace strata::cuda {
namespace {

cudnnDataType_t type_of(DType dtype) {
  return dtype == DType::f16 ? CUDNN_DATA_HALF : dtype == DType::bf16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT;
}
// f32 is f32 unless TF32 is asked for. 16-bit products sum in f32.
cudnnMathType_t math_of(DType dtype, bool tf32) {
  if (dtype != DType::f32) return CUDNN_TENSOR_OP_MATH;
  return tf32 ? CUDNN_DEFAULT_MATH : CUDNN_FMA_MATH;
}

class RnnQueue {
 public:
  explicit RnnQueue(void* stream) : queue_(queue_of(stream)) {
    const CudnnTable& call = cudnn().call;
    try {
      check(call.create(&handle_), "cudnnCreate");
      check(call.set_stream(handle_, static_cast<cudaStream_t>(stream)), "cudnnSetStream");
      check(call.dropout_create(&dropout_), "cudnnCreateDropoutDescriptor");
      check(call.dropout_set(dropout_, handle_, 0.0F, nullptr, 0, 0), "cudnnSetDropoutDescriptor");
      ready_ = true;
    } catch (const Error& fault) {
      log_warning(queue_.name + ": cuDNN does not start (" + fault.message() + "): own kernels serve recurrent layers");
    }
  }
  RnnQueue(const RnnQueue&) = delete;
  RnnQueue& operator=(const RnnQueue&) = delete;
  ~RnnQueue() {
    drop_plans();
    const CudnnTable& call = cudnn().call;
    if (dropout_ != nullptr) (void)call.dropout_destroy(dropout_);
    if (handle_ != nullptr) (void)call.destroy(handle_);
  }

  RnnPlan& plan(const RnnShape& shape) {
    if (const auto found = plans_.find(shape); found != plans_.end()) return found->second;
    constexpr std::size_t kMost = 1024;
    if (plans_.size() >= kMost) drop_plans();
    RnnPlan& plan = plans_[shape];
    plan.handle = handle_;
    try {
      plan.refused = !ready_;
      if (ready_) describe(shape, plan);
    } catch (const Error& fault) {
      plan.refused = true;
      log_info(queue_.name + ": cuDNN does not take a recurrent layer (" + fault.message() + "): own kernels serve");
    }
    return plan;
  }

 private:
  void describe(const RnnShape& shape, RnnPlan& plan) const {
    const CudnnTable& call = cudnn().call;
    const auto batch = static_cast<int>(shape.batch), time = static_cast<int>(shape.time),
               input = static_cast<int>(shape.input), hidden = static_cast<int>(shape.hidden);
    const cudnnDataType_t type = type_of(shape.dtype);
    check(call.rnn_create(&plan.rnn), "cudnnCreateRNNDescriptor");
    check(call.rnn_set(plan.rnn, CUDNN_RNN_ALGO_STANDARD, shape.mode, CUDNN_RNN_DOUBLE_BIAS, CUDNN_UNIDIRECTIONAL,
                       CUDNN_LINEAR_INPUT, type, CUDNN_DATA_FLOAT, math_of(shape.dtype, queue_.tf32), input, hidden,
                       hidden, 1, dropout_, CUDNN_RNN_PADDED_IO_DISABLED),
          "cudnnSetRNNDescriptor");
    const std::vector<int> lengths(static_cast<std::size_t>(batch), time);
    const auto data = [&](cudnnRNNDataDescriptor_t& to, int width) {
      check(call.data_create(&to), "cudnnCreateRNNDataDescriptor");
      check(
          call.data_set(to, type, CUDNN_RNN_DATA_LAYOUT_SEQ_MAJOR_PACKED, time, batch, width, lengths.data(), nullptr),
          "cudnnSetRNNDataDescriptor");
    };
    data(plan.x, input);
    data(plan.y, hidden);
    const int extents[] = {1, batch, hidden}, strides[] = {batch * hidden, hidden, 1};
    check(call.tensor_create(&plan.state), "cudnnCreateTensorDescriptor");
    check(call.tensor_set(plan.state, type, 3, extents, strides), "cudnnSetTensorNdDescriptor");
    std::size_t none = 0;
    check(call.weight_bytes(handle_, plan.rnn, &plan.weight_bytes), "cudnnGetRNNWeightSpaceSize");
    check(call.room_bytes(handle_, plan.rnn, CUDNN_FWD_MODE_INFERENCE, plan.x, &plan.work_bytes, &none),
          "cudnnGetRNNTempSpaceSizes");
    check(call.room_bytes(handle_, plan.rnn, CUDNN_FWD_MODE_TRAINING, plan.x, &plan.train_work_bytes,
                          &plan.reserve_bytes),
          "cudnnGetRNNTempSpaceSizes");
  }

  void drop_plans() {
    const CudnnTable& call = cudnn().call;
    for (const auto& [shape, plan] : plans_) {
      if (plan.state != nullptr) (void)call.tensor_destroy(plan.state);
      if (plan.y != nullptr) (void)call.data_destroy(plan.y);
      if (plan.x != nullptr) (void)call.data_destroy(plan.x);
      if (plan.rnn != nullptr) (void)call.rnn_destroy(plan.rnn);
    }
    plans_.clear();
  }

  Queue queue_;
  bool ready_ = false;
  cudnnHandle_t handle_ = nullptr;
  cudnnDropoutDescriptor_t dropout_ = nullptr;  // none, which the library wants to be told
  std::map<RnnShape, RnnPlan> plans_;
};

struct Queues {
  std::mutex mutex;
  std::map<void*, std::unique_ptr<RnnQueue>> all;
};
// Never destroyed: a device may end after what is static here would have.
Queues& queues() {
  static auto* one = new Queues;
  return *one;
}

}  // namespace

RnnPlan& rnn_plan(void* stream, const RnnShape& shape) {
  const std::lock_guard lock(queues().mutex);
  std::unique_ptr<RnnQueue>& queue = queues().all[stream];
  if (queue == nullptr) queue = std::make_unique<RnnQueue>(stream);
  return queue->plan(shape);
}

const RnnPlan::Places& rnn_places(RnnPlan& plan, const RnnShape& shape, void* space) {
  if (plan.placed) return plan.places;
  const CudnnTable& call = cudnn().call;
  struct Description {
    cudnnTensorDescriptor_t of = nullptr;
    Description() { check(cudnn().call.tensor_create(&of), "cudnnCreateTensorDescriptor"); }
    Description(const Description&) = delete;
    Description& operator=(const Description&) = delete;
    ~Description() { (void)cudnn().call.tensor_destroy(of); }
  } matrix, bias;
  const auto element = [&](const void* at) {
    if (at == nullptr) throw Error("E_DEVICE_CALL", "cuda", "cudnnGetRNNWeightParams: a gate without a weight");
    return (static_cast<const char*>(at) - static_cast<const char*>(space)) /
           static_cast<std::ptrdiff_t>(size_of(shape.dtype));
  };
  for (int i = 0; i < 2 * rnn_gates(shape.mode); ++i) {
    void *weight_at = nullptr, *bias_at = nullptr;
    check(call.weight_place(plan.handle, plan.rnn, 0, plan.weight_bytes, space, i, matrix.of, &weight_at, bias.of,
                            &bias_at),
          "cudnnGetRNNWeightParams");
    plan.places.matrix[static_cast<std::size_t>(i)] = element(weight_at);
    plan.places.bias[static_cast<std::size_t>(i)] = element(bias_at);
  }
  plan.placed = true;
  return plan.places;
}

void end_rnn(void* stream) {
  const std::lock_guard lock(queues().mutex);
  queues().all.erase(stream);
}

}  // namespace strata::cuda
#endif
