// cuBLASLt, NVIDIA's library of matrix products: opened at run time; where there is none, products run on the general
// kernels, and one line says so.
#pragma once

#include <cublasLt.h>

#include <string>

namespace strata::cuda {

// The entries that products.cpp uses. Never null where CublasLt::reason is empty.
struct CublasLtTable {
  decltype(&::cublasLtGetVersion) version;
  decltype(&::cublasLtGetStatusName) status_name;
  decltype(&::cublasLtCreate) create;
  decltype(&::cublasLtDestroy) destroy;
  decltype(&::cublasLtMatmulDescCreate) product_create;
  decltype(&::cublasLtMatmulDescDestroy) product_destroy;
  decltype(&::cublasLtMatmulDescSetAttribute) product_set;
  decltype(&::cublasLtMatrixLayoutCreate) layout_create;
  decltype(&::cublasLtMatrixLayoutDestroy) layout_destroy;
  decltype(&::cublasLtMatrixLayoutSetAttribute) layout_set;
  decltype(&::cublasLtMatmulPreferenceCreate) preference_create;
  decltype(&::cublasLtMatmulPreferenceDestroy) preference_destroy;
  decltype(&::cublasLtMatmulPreferenceSetAttribute) preference_set;
  decltype(&::cublasLtMatmulAlgoGetHeuristic) heuristic;
  decltype(&::cublasLtMatmul) multiply;
};

// What this process found, once.
struct CublasLt {
  CublasLtTable call{};
  std::string reason;  // why it cannot be used, in one line; empty: it can
};

// Opens the library at the first call.
const CublasLt& cublaslt();

// Throws E_DEVICE_CALL, or E_MEMORY_EXHAUSTED, with the status's name if a call failed; `device` is the place
// ("cuda:0"), `what` the entry's name.
void check(cublasStatus_t status, const std::string& device, const char* what);

}  // namespace strata::cuda
