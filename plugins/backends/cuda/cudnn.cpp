#if __has_include(<cudnn.h>)
#include "cudnn.hpp"

#include <cstdlib>

#include <fmt/format.h>

#include "library.hpp"
#include "strata/core/error.hpp"

namespace strata::cuda {
namespace {

Cudnn found_here() {
  // The library works in several queues of its own, whose products share memory as they come and then may be computed
  // in another way from call to call; two buffers of a fixed size each make results repeat (NVIDIA's release notes).
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:2", 0);
  Cudnn found;
  CudnnTable& call = found.call;
  found.reason = open_library("libcudnn.so.9", {library_entry("cudnnGetVersion", call.version),
                                                library_entry("cudnnGetErrorString", call.error_text),
                                                library_entry("cudnnCreate", call.create),
                                                library_entry("cudnnDestroy", call.destroy),
                                                library_entry("cudnnSetStream", call.set_stream),
                                                library_entry("cudnnCreateDropoutDescriptor", call.dropout_create),
                                                library_entry("cudnnDestroyDropoutDescriptor", call.dropout_destroy),
                                                library_entry("cudnnSetDropoutDescriptor", call.dropout_set),
                                                library_entry("cudnnCreateTensorDescriptor", call.tensor_create),
                                                library_entry("cudnnDestroyTensorDescriptor", call.tensor_destroy),
                                                library_entry("cudnnSetTensorNdDescriptor", call.tensor_set),
                                                library_entry("cudnnCreateRNNDescriptor", call.rnn_create),
                                                library_entry("cudnnDestroyRNNDescriptor", call.rnn_destroy),
                                                library_entry("cudnnSetRNNDescriptor_v8", call.rnn_set),
                                                library_entry("cudnnCreateRNNDataDescriptor", call.data_create),
                                                library_entry("cudnnDestroyRNNDataDescriptor", call.data_destroy),
                                                library_entry("cudnnSetRNNDataDescriptor", call.data_set),
                                                library_entry("cudnnGetRNNWeightSpaceSize", call.weight_bytes),
                                                library_entry("cudnnGetRNNTempSpaceSizes", call.room_bytes),
                                                library_entry("cudnnGetRNNWeightParams", call.weight_place),
                                                library_entry("cudnnRNNForward", call.forward),
                                                library_entry("cudnnRNNBackwardData_v8", call.backward_data),
                                                library_entry("cudnnRNNBackwardWeights_v8", call.backward_weights)});
  if (found.reason.empty()) found.version = call.version();
  return found;
}

}  // namespace

const Cudnn& cudnn() {
  static const Cudnn found = found_here();
  return found;
}

void check(cudnnStatus_t status, const char* what) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  const bool full = status == CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED;
  throw Error(full ? "E_MEMORY_EXHAUSTED" : "E_DEVICE_CALL", "cuda",
              fmt::format("{}: {} ({})", what, cudnn().call.error_text(status), static_cast<int>(status)));
}

}  // namespace strata::cuda
#endif
