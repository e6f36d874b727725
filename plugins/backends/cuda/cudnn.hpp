// cuDNN, NVIDIA's library of network layers, of which the recurrent ones are used: opened at run time; where there is
// none, the plugin's own kernels serve.
#pragma once

#include <cudnn.h>

#include <cstddef>
#include <string>

namespace strata::cuda {

// The entries that are used. Never null where Cudnn::reason is empty.
struct CudnnTable {
  decltype(&::cudnnGetVersion) version;
  decltype(&::cudnnGetErrorString) error_text;
  decltype(&::cudnnCreate) create;
  decltype(&::cudnnDestroy) destroy;
  decltype(&::cudnnSetStream) set_stream;
  decltype(&::cudnnCreateDropoutDescriptor) dropout_create;
  decltype(&::cudnnDestroyDropoutDescriptor) dropout_destroy;
  decltype(&::cudnnSetDropoutDescriptor) dropout_set;
  decltype(&::cudnnCreateTensorDescriptor) tensor_create;
  decltype(&::cudnnDestroyTensorDescriptor) tensor_destroy;
  decltype(&::cudnnSetTensorNdDescriptor) tensor_set;
  decltype(&::cudnnCreateRNNDescriptor) rnn_create;
  decltype(&::cudnnDestroyRNNDescriptor) rnn_destroy;
  decltype(&::cudnnSetRNNDescriptor_v8) rnn_set;
  decltype(&::cudnnCreateRNNDataDescriptor) data_create;
  decltype(&::cudnnDestroyRNNDataDescriptor) data_destroy;
  decltype(&::cudnnSetRNNDataDescriptor) data_set;
  decltype(&::cudnnGetRNNWeightSpaceSize) weight_bytes;
  decltype(&::cudnnGetRNNTempSpaceSizes) room_bytes;
  decltype(&::cudnnGetRNNWeightParams) weight_place;
  decltype(&::cudnnRNNForward) forward;
  decltype(&::cudnnRNNBackwardData_v8) backward_data;
  decltype(&::cudnnRNNBackwardWeights_v8) backward_weights;
};

// What this process found, once.
struct Cudnn {
  CudnnTable call{};
  std::string reason;       // why it cannot be used, in one line; empty: it can
  std::size_t version = 0;  // 91300 is 9.13.0

  // bf16 came to the recurrent layers with 9.13.
  bool has_bf16() const { return version >= 91300; }
};

// Opens the library at the first call.
const Cudnn& cudnn();

// Throws E_DEVICE_CALL, or E_MEMORY_EXHAUSTED, with the library's words if a call failed; `what` is the entry's name.
void check(cudnnStatus_t status, const char* what);

}  // namespace strata::cuda
