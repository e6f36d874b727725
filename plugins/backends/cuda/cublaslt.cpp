#include "cublaslt.hpp"

#include <fmt/format.h>

#include "library.hpp"
#include "strata/core/error.hpp"

namespace strata::cuda {
namespace {

std::string open(CublasLtTable& call) {
  return open_library(
      "libcublasLt.so." + std::to_string(CUBLAS_VER_MAJOR),
      {library_entry("cublasLtGetVersion", call.version), library_entry("cublasLtGetStatusName", call.status_name),
       library_entry("cublasLtCreate", call.create), library_entry("cublasLtDestroy", call.destroy),
       library_entry("cublasLtMatmulDescCreate", call.product_create),
       library_entry("cublasLtMatmulDescDestroy", call.product_destroy),
       library_entry("cublasLtMatmulDescSetAttribute", call.product_set),
       library_entry("cublasLtMatrixLayoutCreate", call.layout_create),
       library_entry("cublasLtMatrixLayoutDestroy", call.layout_destroy),
       library_entry("cublasLtMatrixLayoutSetAttribute", call.layout_set),
       library_entry("cublasLtMatmulPreferenceCreate", call.preference_create),
       library_entry("cublasLtMatmulPreferenceDestroy", call.preference_destroy),
       library_entry("cublasLtMatmulPreferenceSetAttribute", call.preference_set),
       library_entry("cublasLtMatmulAlgoGetHeuristic", call.heuristic),
       library_entry("cublasLtMatmul", call.multiply)});
}

CublasLt found_here() {
  CublasLt found;
  found.reason = open(found.call);
  if (!found.reason.empty()) return found;
  const std::size_t version = found.call.version();  // 130100 is 13.1.0
  if (version / 10000 < CUBLAS_VER_MAJOR) {          // within a major version an older one serves
    found.reason = fmt::format("cuBLASLt {}.{} is older than {}.{}, for which this is built", version / 10000,
                               version % 10000 / 100, CUBLAS_VER_MAJOR, CUBLAS_VER_MINOR);
  }
  return found;
}

}  // namespace

const CublasLt& cublaslt() {
  static const auto* found = new CublasLt(found_here());  // never destroyed: a device may end later than statics here
  return *found;
}

void check(cublasStatus_t status, const std::string& device, const char* what) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  const auto name_of = cublaslt().call.status_name;
  const char* name = name_of != nullptr ? name_of(status) : nullptr;
  throw Error(status == CUBLAS_STATUS_ALLOC_FAILED ? "E_MEMORY_EXHAUSTED" : "E_DEVICE_CALL", device,
              fmt::format("{}: {} ({})", what, name != nullptr ? name : "an unknown status", static_cast<int>(status)));
}

}  // namespace strata::cuda
