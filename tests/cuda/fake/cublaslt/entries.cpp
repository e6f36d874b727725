// Stands in for NVIDIA's libcublasLt.so where there is no GPU: what a product is follows from the descriptors alone, as
// NVIDIA's documentation of cublasLtMatmul defines them (column-major, sums in float64), on the memory of the stand-in
// for a card. It refuses what the real one refuses: sizes of attributes, operands that do not fit each other, types
// that are not in the documentation's table, addresses less aligned than the algorithm was asked for. FAKE_CUBLASLT_
// variables, read at the call, choose what goes wrong:
//   VERSION n   of the library (default: this toolkit's)     FAIL n    status of every product
//   NONE 1      no algorithm is found for anything           NONE 2    none with a bias
#include <cublasLt.h>
#include <cuda.h>

#include <atomic>
#include <cstdint>
#include <cstring>

#include "cuda/fake/cublaslt/algorithm.hpp"
#include "cuda/fake/cublaslt/arithmetic.hpp"
#include "cuda/fake/cublaslt/descriptors.hpp"
#include "cuda/fake/cublaslt/problem.hpp"
#include "cuda/fake/environment.hpp"
#include "cuda/fake/queue.hpp"

using namespace fake::cublaslt;
using fake::number;

namespace {

std::atomic<long long> handles{0}, descriptors{0}, searches{0}, products{0};

template <class T, class Handle>
cublasStatus_t create(Handle* made, T* descriptor) {
  *made = reinterpret_cast<Handle>(descriptor);
  ++descriptors;
  return CUBLAS_STATUS_SUCCESS;
}
template <class T>
cublasStatus_t destroy(T* descriptor) {
  delete descriptor;
  --descriptors;
  return CUBLAS_STATUS_SUCCESS;
}

double scalar(const void* from, cudaDataType_t type) {
  return type == CUDA_R_64F ? *static_cast<const double*>(from) : static_cast<double>(*static_cast<const float*>(from));
}

}  // namespace

extern "C" {

// No entry of the real library: what it was asked for so far. 'h' handles and 'd' descriptors that live, 's' searches
// for an algorithm, 'p' products.
long long fake_cublaslt_count(int what) {
  return what == 'h' ? handles : what == 'd' ? descriptors : what == 's' ? searches : products;
}

size_t CUBLASWINAPI cublasLtGetVersion() {
  return static_cast<std::size_t>(number("FAKE_CUBLASLT_VERSION", CUBLAS_VERSION));
}
const char* CUBLASWINAPI cublasLtGetStatusName(cublasStatus_t status) {
  switch (status) {
    case CUBLAS_STATUS_SUCCESS: return "CUBLAS_STATUS_SUCCESS";
    case CUBLAS_STATUS_INVALID_VALUE: return "CUBLAS_STATUS_INVALID_VALUE";
    case CUBLAS_STATUS_ALLOC_FAILED: return "CUBLAS_STATUS_ALLOC_FAILED";
    case CUBLAS_STATUS_EXECUTION_FAILED: return "CUBLAS_STATUS_EXECUTION_FAILED";
    default: return "CUBLAS_STATUS_OTHER";
  }
}
cublasStatus_t CUBLASWINAPI cublasLtCreate(cublasLtHandle_t* handle) {
  *handle = reinterpret_cast<cublasLtHandle_t>(new int(1));
  ++handles;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t CUBLASWINAPI cublasLtDestroy(cublasLtHandle_t handle) {
  delete reinterpret_cast<int*>(handle);
  --handles;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t CUBLASWINAPI cublasLtMatmulDescCreate(cublasLtMatmulDesc_t* made, cublasComputeType_t compute,
                                                     cudaDataType_t scale) {
  return create(made, new Product{compute, scale});
}
cublasStatus_t CUBLASWINAPI cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t one) {
  return destroy(reinterpret_cast<Product*>(one));
}
cublasStatus_t CUBLASWINAPI cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t one,
                                                           cublasLtMatmulDescAttributes_t attribute, const void* from,
                                                           size_t bytes) {
  return reinterpret_cast<Product*>(one)->attributes.set(attribute, from, bytes);
}

cublasStatus_t CUBLASWINAPI cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t* made, cudaDataType type, uint64_t rows,
                                                       uint64_t columns, int64_t ld) {
  return create(made, new Layout{type, static_cast<std::int64_t>(rows), static_cast<std::int64_t>(columns), ld});
}
cublasStatus_t CUBLASWINAPI cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t one) {
  return destroy(reinterpret_cast<Layout*>(one));
}
cublasStatus_t CUBLASWINAPI cublasLtMatrixLayoutSetAttribute(cublasLtMatrixLayout_t one,
                                                             cublasLtMatrixLayoutAttribute_t attribute,
                                                             const void* from, size_t bytes) {
  return reinterpret_cast<Layout*>(one)->attributes.set(attribute, from, bytes);
}

cublasStatus_t CUBLASWINAPI cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t* made) {
  return create(made, new Preference);
}
cublasStatus_t CUBLASWINAPI cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t one) {
  return destroy(reinterpret_cast<Preference*>(one));
}
cublasStatus_t CUBLASWINAPI cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t one,
                                                                 cublasLtMatmulPreferenceAttributes_t attribute,
                                                                 const void* from, size_t bytes) {
  return reinterpret_cast<Preference*>(one)->attributes.set(attribute, from, bytes);
}

cublasStatus_t CUBLASWINAPI cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t handle, cublasLtMatmulDesc_t product,
                                                           cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
                                                           cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
                                                           cublasLtMatmulPreference_t preference, int wanted,
                                                           cublasLtMatmulHeuristicResult_t results[], int* count) {
  ++searches;
  *count = 0;
  if (handle == nullptr || wanted < 1) return CUBLAS_STATUS_INVALID_VALUE;
  const Problem problem(product, a, b, c, d);
  if (!problem.fits()) return CUBLAS_STATUS_INVALID_VALUE;
  const long long none = number("FAKE_CUBLASLT_NONE", 0);
  if (none == 1 || (none == 2 && problem.product.adds_bias()) || !problem.supported()) {
    return CUBLAS_STATUS_NOT_SUPPORTED;
  }
  const Algorithm found = Algorithm::found(problem, *reinterpret_cast<const Preference*>(preference));
  results[0] = {};
  std::memcpy(&results[0].algo, &found, sizeof found);
  results[0].workspaceSize = found.workspace;
  results[0].state = CUBLAS_STATUS_SUCCESS;
  *count = 1;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t CUBLASWINAPI cublasLtMatmul(cublasLtHandle_t handle, cublasLtMatmulDesc_t product, const void* alpha,
                                           const void* a, cublasLtMatrixLayout_t a_layout, const void* b,
                                           cublasLtMatrixLayout_t b_layout, const void* beta, const void* c,
                                           cublasLtMatrixLayout_t c_layout, void* d, cublasLtMatrixLayout_t d_layout,
                                           const cublasLtMatmulAlgo_t* chosen, void* workspace, size_t workspace_bytes,
                                           cudaStream_t stream) {
  ++products;
  if (const long long status = number("FAKE_CUBLASLT_FAIL", 0); status != 0) {
    return static_cast<cublasStatus_t>(status);
  }
  if (handle == nullptr || a == nullptr || b == nullptr || c == nullptr || d == nullptr || chosen == nullptr) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  const Problem problem(product, a_layout, b_layout, c_layout, d_layout);
  if (!problem.fits()) return CUBLAS_STATUS_INVALID_VALUE;
  if (!problem.supported()) return CUBLAS_STATUS_NOT_SUPPORTED;
  if (c == d && !problem.c.same(problem.d)) return CUBLAS_STATUS_INVALID_VALUE;
  const Algorithm algorithm = Algorithm::from(*chosen);
  const void* const addresses[] = {a, b, c, d};
  if (!algorithm.takes(problem, addresses, {workspace, workspace_bytes})) return CUBLAS_STATUS_INVALID_VALUE;
  const cudaDataType_t scale = problem.product.scale;
  const Operands operands{scalar(alpha, scale), scalar(beta, scale), a, b, c, d};
  const int queued = fake::in_queue(stream, [problem, operands, workspace, used = algorithm.workspace] {
    if (used > 0) std::memset(workspace, 0xFF, used);  // NaN
    compute(problem, operands);
  });
  return queued == 0                          ? CUBLAS_STATUS_SUCCESS
         : queued == CUDA_ERROR_OUT_OF_MEMORY ? CUBLAS_STATUS_ALLOC_FAILED
                                              : CUBLAS_STATUS_EXECUTION_FAILED;
}

}  // extern "C"
