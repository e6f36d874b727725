#include "rnn.hpp"

#if __has_include(<cudnn.h>)
#include <algorithm>
#include <utility>

#include "kernels/rnn_pack.hpp"
#include "rnn_plan.hpp"
#include "strata/core/error.hpp"

namespace strata::cuda {
namespace {

// Inputs of a call; c0 (of lstm) and the lengths follow.
enum Input { kX, kWeightIh, kWeightHh, kBiasIh, kBiasHh, kH0, kC0 };

// What memory of the library's own layout starts at a multiple of; a device promises less.
constexpr std::size_t kAlignment = 256;
void* aligned(void* memory) {
  const auto at = (reinterpret_cast<std::uintptr_t>(memory) + kAlignment - 1) / kAlignment * kAlignment;
  return reinterpret_cast<void*>(at);  // NOLINT(performance-no-int-to-ptr)
}

// The library is told lengths by the host, which does not know them without waiting for the device, and a replayed step
// would keep those that it was recorded with: so it serves calls without lengths. Weights are packed anew in each call:
// a replayed step changes them where the host does not see it, and it costs one pass over them.
class Layer {
 public:
  template <class Call>
  Layer(const Call& call, cudnnRNNMode_t mode)
      : shape_{mode,
               call.inputs[kX].dtype,
               call.inputs[kX].shape[0],
               call.inputs[kX].shape[1],
               call.inputs[kX].shape[2],
               call.inputs[kWeightHh].shape[1]},
        plan_(rnn_plan(call.stream, shape_)),
        inputs_(call.inputs),
        reverse_(call.attributes.flag("reverse")),
        workspace_(call.workspace),
        stream_(call.stream) {}

  void forward(const KernelCall& call) const;
  void backward(const BackwardCall& call) const;
  const RnnPlan& plan() const { return plan_; }

 private:
  bool lstm() const { return shape_.mode == CUDNN_LSTM; }
  cudnnTensorDescriptor_t cell_description() const { return lstm() ? plan_.state : nullptr; }
  void* room(std::size_t bytes) const {
    return aligned(workspace_->take<unsigned char>(static_cast<std::int64_t>(bytes + kAlignment)));
  }
  void* elements(std::int64_t count) const { return room(static_cast<std::size_t>(count) * size_of(shape_.dtype)); }
  std::int64_t state_size() const { return shape_.batch * shape_.hidden; }

  // A sequence [B,T,W] with the time first, in the order in which the library walks it; zeros where there is none.
  void* time_major(const View& sequence, std::int64_t width) const {
    const std::int64_t count = shape_.batch * shape_.time * width;
    void* to = elements(count);
    if (sequence.present()) {
      to_time_major(sequence, to, reverse_, stream_);
    } else {
      clear(to, shape_.dtype, count, stream_);
    }
    return to;
  }
  // A state [B,H] or its gradient in the sequence's type; null where there is none.
  const void* state(const View& view) const {
    if (!view.present()) return nullptr;
    if (view.dtype == shape_.dtype && view.contiguous()) return view.data;
    void* to = elements(state_size());
    pack(view, to, shape_.dtype, stream_);
    return to;
  }
  // Where the library writes a state that `view` is for: there, or in memory of which unpack_state takes it.
  void* state_room(const View& view) const {
    if (!view.present()) return nullptr;
    return view.dtype == shape_.dtype ? view.data : elements(state_size());
  }
  void unpack_state(const void* from, const View& view) const {
    if (from != nullptr && from != view.data) unpack(from, shape_.dtype, view, stream_);
  }

  // The blocks of an input's gates in a weight space.
  GateSpace gates_of(int input, void* space) const {
    const RnnPlan::Places& places = rnn_places(plan_, shape_, space);
    const auto gates = static_cast<std::size_t>(rnn_gates(shape_.mode));
    const auto& all = input == kWeightIh || input == kWeightHh ? places.matrix : places.bias;
    GateSpace of{space, shape_.dtype, static_cast<int>(gates), {}};
    const std::size_t from = input == kWeightHh || input == kBiasHh ? gates : 0;
    for (std::size_t k = 0; k < gates; ++k) of.places[k] = all[from + k];
    return of;
  }
  void* packed_weights() const {
    void* space = room(plan_.weight_bytes);
    const std::int64_t blocks[] = {0, shape_.hidden * shape_.input, shape_.hidden * shape_.hidden, shape_.hidden,
                                   shape_.hidden};
    for (int i = kWeightIh; i <= kBiasHh; ++i) pack_gates(inputs_[i], blocks[i], gates_of(i, space), stream_);
    return space;
  }

  RnnShape shape_;
  RnnPlan& plan_;
  const View* inputs_;
  bool reverse_;
  Workspace* workspace_;
  void* stream_;
};

void Layer::forward(const KernelCall& call) const {
  const bool trains = call.extra_count > 0;
  const std::size_t work_bytes = trains ? plan_.train_work_bytes : plan_.work_bytes;
  const View &y = call.outputs[0], &last = call.outputs[1];
  const void* x = time_major(inputs_[kX], shape_.input);
  void* steps = elements(y.numel());
  const void *h0 = state(inputs_[kH0]), *c0 = lstm() ? state(inputs_[kC0]) : nullptr;
  void* last_cell = lstm() ? state_room(call.outputs[2]) : nullptr;
  void* weights = packed_weights();
  check(cudnn().call.forward(plan_.handle, plan_.rnn, trains ? CUDNN_FWD_MODE_TRAINING : CUDNN_FWD_MODE_INFERENCE,
                             nullptr, plan_.x, x, plan_.y, steps, plan_.state, h0, last.data, cell_description(), c0,
                             last_cell, plan_.weight_bytes, weights, work_bytes, room(work_bytes),
                             trains ? plan_.reserve_bytes : 0, trains ? aligned(call.extras[0].data) : nullptr),
        "cudnnRNNForward");
  from_time_major(steps, y, reverse_, false, stream_);
  if (lstm()) unpack_state(last_cell, call.outputs[2]);
}

void Layer::backward(const BackwardCall& call) const {
  const View* to = call.input_gradients;
  const View* d_out = call.output_gradients;
  void* reserve = aligned(call.extras[0].data);
  const void *x = time_major(inputs_[kX], shape_.input), *y = time_major(call.outputs[0], shape_.hidden),
             *dy = time_major(d_out[0], shape_.hidden);
  const void *h0 = state(inputs_[kH0]), *c0 = lstm() ? state(inputs_[kC0]) : nullptr;
  void *dx = elements(inputs_[kX].numel()), *d_h0 = state_room(to[kH0]), *d_c0 = lstm() ? state_room(to[kC0]) : nullptr,
       *weights = packed_weights(), *work = room(plan_.train_work_bytes);
  const CudnnTable& library = cudnn().call;
  check(library.backward_data(plan_.handle, plan_.rnn, nullptr, plan_.y, y, dy, plan_.x, dx, plan_.state, h0,
                              state(d_out[1]), d_h0, cell_description(), c0, lstm() ? state(d_out[2]) : nullptr, d_c0,
                              plan_.weight_bytes, weights, plan_.train_work_bytes, work, plan_.reserve_bytes, reserve),
        "cudnnRNNBackwardData");
  if (to[kX].present()) from_time_major(dx, to[kX], reverse_, call.accumulate[kX], stream_);
  unpack_state(d_h0, to[kH0]);
  if (lstm()) unpack_state(d_c0, to[kC0]);
  if (std::none_of(to + kWeightIh, to + kBiasHh + 1, [](const View& view) { return view.present(); })) return;
  void* d_weights = room(plan_.weight_bytes);  // which the library only adds to
  clear(d_weights, shape_.dtype, static_cast<std::int64_t>(plan_.weight_bytes / size_of(shape_.dtype)), stream_);
  check(library.backward_weights(plan_.handle, plan_.rnn, CUDNN_WGRAD_MODE_ADD, nullptr, plan_.x, x, plan_.state, h0,
                                 plan_.y, y, plan_.weight_bytes, d_weights, plan_.train_work_bytes, work,
                                 plan_.reserve_bytes, reserve),
        "cudnnRNNBackwardWeights");
  for (int i = kWeightIh; i <= kBiasHh; ++i) {
    if (to[i].present()) unpack_gates(gates_of(i, d_weights), to[i], call.accumulate[i], stream_);
  }
}

// The library adds the gradients of weights up in the sequence's type. Of 16 bits that may lose what f32 keeps, so
// there it serves training only where a recipe asks for it by name.
template <cudnnRNNMode_t kMode, bool kAsked>
bool supports(const KernelCall& call) {
  const View& x = call.inputs[kX];
  const bool bf16 = x.dtype == DType::bf16;
  if (!kAsked && call.recording && size_of(x.dtype) == 2) return false;
  if (call.inputs[call.input_count - 1].present() || x.numel() == 0 || x.dtype == DType::f64) return false;
  constexpr std::int64_t kMost = std::int64_t{1} << 31;
  const std::int64_t gates = call.inputs[kWeightHh].shape[0];
  if (x.shape[0] * x.shape[1] * std::max(x.shape[2], gates) >= kMost || gates * std::max(x.shape[2], gates) >= kMost) {
    return false;
  }
  if (!cudnn().reason.empty() || (bf16 && !cudnn().has_bf16())) return false;
  return !Layer(call, kMode).plan().refused;
}

template <cudnnRNNMode_t kMode>
std::int32_t extras(const KernelCall& call, TensorSpec* out) {
  out[0] = {DType::u8, 1, {static_cast<std::int64_t>(Layer(call, kMode).plan().reserve_bytes + kAlignment)}};
  return 1;
}

template <cudnnRNNMode_t kMode>
void forward(const KernelCall& call) {
  Layer(call, kMode).forward(call);
}
template <cudnnRNNMode_t kMode>
void backward(const BackwardCall& call) {
  Layer(call, kMode).backward(call);
}

template <cudnnRNNMode_t kMode>
void add(Rows& rows, const char* op) {
  KernelRow row = row_of(op, forward<kMode>);
  row.provider = "cudnn", row.priority = 10;
  row.supports = supports<kMode, false>;
  row.backward = backward<kMode>;
  row.extras = extras<kMode>;
  const std::uint64_t weights = 1U << kWeightIh | 1U << kWeightHh | 1U << kBiasIh | 1U << kBiasHh;
  row.backward_reads_inputs = weights | 1U << kX | 1U << kH0 | (kMode == CUDNN_LSTM ? 1U << kC0 : 0U);
  row.backward_reads_outputs = 1;
  row.accumulates = weights | 1U << kX;
  rows.push_back(row);
  row.priority = -1;  // by name alone
  row.supports = supports<kMode, true>;
  rows.push_back(row);
}

}  // namespace

void add_cudnn_rnn(Rows& rows) {
  add<CUDNN_LSTM>(rows, "lstm");
  add<CUDNN_GRU>(rows, "gru");
  add<CUDNN_RNN_TANH>(rows, "rnn");
}

}  // namespace strata::cuda

#else

namespace strata::cuda {

void add_cudnn_rnn(Rows& /*rows*/) {}
void end_rnn(void* /*stream*/) {}

}  // namespace strata::cuda
#endif
