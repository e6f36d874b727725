#include "plans.hpp"

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>

#include <fmt/format.h>

#include "cublaslt.hpp"
#include "driver.hpp"
#include "queue.hpp"
#include "room.hpp"
#include "strata/core/log.hpp"

namespace strata::cuda {
namespace {

cudaDataType_t type_of(DType dtype) {
  switch (dtype) {
    case DType::f64: return CUDA_R_64F;
    case DType::f16: return CUDA_R_16F;
    case DType::bf16: return CUDA_R_16BF;
    default: return CUDA_R_32F;
  }
}

// The library's matrices are column-major: a column is dense, and columns are `ld` apart. What is row-major [r,c] with
// dense rows is, read in that way, its transpose [c,r] with ld the distance of two rows. So for C = A B the library is
// given C^T = B^T A^T: its first operand is our B and its second our A, m is our columns and n our rows, and its result
// lies in memory as our C has to. An operand with dense rows thereby comes as the library wants it (CUBLAS_OP_N); one
// whose columns are dense is, read in its way, itself and not its transpose, hence turned over (CUBLAS_OP_T). A bias
// goes along the library's rows, our columns.
struct Operand {
  std::int64_t rows, columns, ld, batch_stride;  // column-major
  cublasOperation_t turned;
};
Operand operand_of(const Matrix& m) {
  if (m.dense_rows()) {
    return {m.columns, m.rows, m.rows == 1 ? m.columns : m.row_stride, m.batch_stride, CUBLAS_OP_N};
  }
  return {m.rows, m.columns, m.columns == 1 ? m.rows : m.column_stride, m.batch_stride, CUBLAS_OP_T};
}

// What an address is a multiple of, 256 at most: that is how much algorithms ask for.
std::int64_t alignment_of(const void* data) {
  const auto address = reinterpret_cast<std::uintptr_t>(data) | 256U;
  return static_cast<std::int64_t>(address & (~address + 1U));
}

// All that the choice of an algorithm depends on.
struct Key {
  enum Word {
    kRows,
    kColumns,
    kTerms,
    kBatch,
    kFirstLd,
    kSecondLd,
    kAddendLd,
    kResultLd,
    kFirstStride,
    kSecondStride,
    kAddendStride,
    kResultStride,
    kFlags,
    kFirstAlignment,
    kSecondAlignment,
    kAddendAlignment,
    kResultAlignment,
    kBiasAlignment,
    kWords
  };
  std::array<std::int64_t, kWords> words;

  bool operator==(const Key& other) const { return words == other.words; }
};
struct KeyHash {
  std::size_t operator()(const Key& key) const {
    std::uint64_t hash = 14695981039346656037ULL;
    for (const std::int64_t word : key.words) {
      hash = (hash ^ static_cast<std::uint64_t>(word)) * 0x9E3779B97F4A7C15ULL;
      hash ^= hash >> 29U;
    }
    return hash;
  }
};

// A product in the library's terms.
struct Call {
  Operand first, second, addend, result;
  const void *first_data, *second_data, *addend_data, *bias;
  void* result_data;
  DType in, out;
  std::int64_t batch;
  bool adds, tf32;

  Key key() const {
    const std::int64_t flags = static_cast<std::int64_t>(in) | static_cast<std::int64_t>(out) << 8U |
                               std::int64_t{first.turned == CUBLAS_OP_T} << 16U |
                               std::int64_t{second.turned == CUBLAS_OP_T} << 17U | std::int64_t{adds} << 18U |
                               std::int64_t{bias != nullptr} << 19U | std::int64_t{tf32} << 20U;
    const std::int64_t terms = first.turned == CUBLAS_OP_N ? first.columns : first.rows;
    return {{result.rows, result.columns, terms, batch, first.ld, second.ld, addend.ld, result.ld, first.batch_stride,
             second.batch_stride, addend.batch_stride, result.batch_stride, flags, alignment_of(first_data),
             alignment_of(second_data), alignment_of(addend_data), alignment_of(result_data),
             bias != nullptr ? alignment_of(bias) : 0}};
  }
};
Call call_of(const Product& product) {
  const bool adds = product.addend.data != nullptr;
  const Matrix& addend = adds ? product.addend : product.c;
  return {operand_of(product.b),
          operand_of(product.a),
          operand_of(addend),
          operand_of(product.c),
          product.b.data,
          product.a.data,
          addend.data,
          product.bias,
          product.c.data,
          product.a.dtype,
          product.c.dtype,
          product.batch,
          adds,
          product.tf32};
}

// What is made for a key once.
struct Plan {
  cublasLtMatmulDesc_t product = nullptr;
  cublasLtMatrixLayout_t first = nullptr, second = nullptr, addend = nullptr, result = nullptr;
  cublasLtMatmulAlgo_t algorithm{};
  std::int64_t workspace = 0;  // bytes
  bool usable = false;
};

// One queue's handle and plans.
class Products {
 public:
  explicit Products(Queue queue) : queue_(std::move(queue)) { check(lt_.create(&handle_), name(), "cublasLtCreate"); }
  Products(const Products&) = delete;
  Products& operator=(const Products&) = delete;
  ~Products() {
    for (const auto& [key, plan] : plans_) drop(plan);
    (void)lt_.destroy(handle_);
  }

  // False when the library has no algorithm for it: nothing was queued.
  bool run(const Call& call, Workspace& workspace, void* stream) {
    const std::lock_guard lock(mutex_);
    const Key key = call.key();
    Plan& plan = plan_of(call, key);
    if (!plan.usable) return false;
    if (call.bias != nullptr) set_bias(plan, call.bias);
    void* room = nullptr;
    if (plan.workspace > 0) {  // has to start at a multiple of 256
      const auto at = reinterpret_cast<std::uintptr_t>(workspace.take<unsigned char>(plan.workspace + 255));
      room = reinterpret_cast<void*>((at + 255) / 256 * 256);  // NOLINT(performance-no-int-to-ptr)
    }
    const float one = 1, beta = call.adds ? 1.0F : 0.0F;
    const double wide_one = 1, wide_beta = beta;
    const bool wide = call.in == DType::f64;
    const auto multiply = [&] {
      return lt_.multiply(handle_, plan.product, wide ? static_cast<const void*>(&wide_one) : &one, call.first_data,
                          plan.first, call.second_data, plan.second,
                          wide ? static_cast<const void*>(&wide_beta) : &beta, call.addend_data, plan.addend,
                          call.result_data, plan.result, &plan.algorithm, room,
                          static_cast<std::size_t>(plan.workspace), static_cast<cudaStream_t>(stream));
    };
    cublasStatus_t status = multiply();
    while (status == CUBLAS_STATUS_ALLOC_FAILED && make_room(stream)) status = multiply();
    if (status != CUBLAS_STATUS_NOT_SUPPORTED) {
      if (status != CUBLAS_STATUS_SUCCESS) fail(status, stream);
      return true;
    }
    refuse(call, key, &plan);
    return false;
  }

 private:
  const std::string& name() const { return queue_.name; }

  void fail(cublasStatus_t status, void* stream) const {
    const char* what = "cublasLtMatmul";
    if (status == CUBLAS_STATUS_ALLOC_FAILED) exhausted(stream, what);
    // Perhaps of a kernel before it: the driver knows, and says so where waiting is allowed.
    if (!captures(stream)) check(driver().call.stream_wait(static_cast<CUstream>(stream)), name(), what);
    check(status, name(), what);
  }

  Plan& plan_of(const Call& call, const Key& key) {
    if (const auto found = plans_.find(key); found != plans_.end()) return found->second;
    if (plans_.size() >= kMostPlans) {  // lengths without end: begin anew
      for (const auto& [old, plan] : plans_) drop(plan);
      plans_.clear();
    }
    const auto place = plans_.try_emplace(key).first;
    try {
      make(call, key, &place->second);
    } catch (...) {
      drop(place->second);
      plans_.erase(place);
      throw;
    }
    return place->second;
  }

  void drop(const Plan& plan) {
    if (plan.product != nullptr) (void)lt_.product_destroy(plan.product);
    for (const cublasLtMatrixLayout_t layout : {plan.first, plan.second, plan.addend, plan.result}) {
      if (layout != nullptr) (void)lt_.layout_destroy(layout);
    }
  }

  template <class T>
  void set(cublasLtMatmulDesc_t product, cublasLtMatmulDescAttributes_t attribute, const T& value) {
    check(lt_.product_set(product, attribute, &value, sizeof value), name(), "cublasLtMatmulDescSetAttribute");
  }
  // Read when a product is queued, so that one plan serves any bias of the same alignment.
  void set_bias(const Plan& plan, const void* bias) { set(plan.product, CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias); }

  cublasLtMatrixLayout_t layout(const Operand& of, DType dtype, std::int64_t batch) {
    cublasLtMatrixLayout_t made = nullptr;
    check(lt_.layout_create(&made, type_of(dtype), static_cast<std::uint64_t>(of.rows),
                            static_cast<std::uint64_t>(of.columns), of.ld),
          name(), "cublasLtMatrixLayoutCreate");
    if (batch > 1) {
      const auto count = static_cast<std::int32_t>(batch);
      check(lt_.layout_set(made, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &count, sizeof count), name(),
            "cublasLtMatrixLayoutSetAttribute");
      check(lt_.layout_set(made, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &of.batch_stride, sizeof of.batch_stride),
            name(), "cublasLtMatrixLayoutSetAttribute");
    }
    return made;
  }

  void make(const Call& call, const Key& key, Plan* plan) {
    const bool wide = call.in == DType::f64;
    const bool tf32 = call.in == DType::f32 && (call.tf32 || queue_.tf32);
    check(lt_.product_create(&plan->product,
                             wide   ? CUBLAS_COMPUTE_64F
                             : tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32
                                    : CUBLAS_COMPUTE_32F,
                             wide ? CUDA_R_64F : CUDA_R_32F),
          name(), "cublasLtMatmulDescCreate");
    set(plan->product, CUBLASLT_MATMUL_DESC_TRANSA, static_cast<std::int32_t>(call.first.turned));
    set(plan->product, CUBLASLT_MATMUL_DESC_TRANSB, static_cast<std::int32_t>(call.second.turned));
    if (call.bias != nullptr) {
      set(plan->product, CUBLASLT_MATMUL_DESC_EPILOGUE, static_cast<std::uint32_t>(CUBLASLT_EPILOGUE_BIAS));
      set(plan->product, CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, static_cast<std::int32_t>(type_of(call.out)));
      set_bias(*plan, call.bias);  // the look-up reads its alignment
    }
    plan->first = layout(call.first, call.in, call.batch);
    plan->second = layout(call.second, call.in, call.batch);
    plan->addend = layout(call.addend, call.out, call.batch);
    plan->result = layout(call.result, call.out, call.batch);
    look_up(key, plan);
    if (!plan->usable) refuse(call, key, plan);
  }

  void look_up(const Key& key, Plan* plan) {
    cublasLtMatmulPreference_t preference = nullptr;
    check(lt_.preference_create(&preference), name(), "cublasLtMatmulPreferenceCreate");
    const auto prefer = [&](cublasLtMatmulPreferenceAttributes_t attribute, const auto& value) {
      return lt_.preference_set(preference, attribute, &value, sizeof value);
    };
    const auto aligned = [&](Key::Word word) { return static_cast<std::uint32_t>(key.words[word]); };
    constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;
    cublasStatus_t status = prefer(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, queue_.major >= 9 ? 32 * kMiB : 4 * kMiB);
    // A sum that is split over blocks is put together in f32, never in a 16-bit result.
    const auto schemes = static_cast<std::uint32_t>(CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE);
    for (const cublasStatus_t one :
         {prefer(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, schemes),
          prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, aligned(Key::kFirstAlignment)),
          prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, aligned(Key::kSecondAlignment)),
          prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, aligned(Key::kAddendAlignment)),
          prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, aligned(Key::kResultAlignment))}) {
      if (status == CUBLAS_STATUS_SUCCESS) status = one;
    }
    cublasLtMatmulHeuristicResult_t best{};
    int count = 0;
    const char* what = "cublasLtMatmulPreferenceSetAttribute";
    if (status == CUBLAS_STATUS_SUCCESS) {
      what = "cublasLtMatmulAlgoGetHeuristic";
      status = lt_.heuristic(handle_, plan->product, plan->first, plan->second, plan->addend, plan->result, preference,
                             1, &best, &count);
    }
    (void)lt_.preference_destroy(preference);
    if (status == CUBLAS_STATUS_NOT_SUPPORTED) return;
    check(status, name(), what);
    if (count < 1 || best.state != CUBLAS_STATUS_SUCCESS) return;
    plan->algorithm = best.algo;
    plan->workspace = static_cast<std::int64_t>(best.workspaceSize);
    plan->usable = true;
  }

  void refuse(const Call& call, const Key& key, Plan* plan) {
    plan->usable = false;
    log_warning(fmt::format(
        "{}: cuBLASLt has no algorithm for a product [{},{}] x [{},{}] of {}{}: a general kernel computes {}", name(),
        key.words[Key::kColumns], key.words[Key::kTerms], key.words[Key::kTerms], key.words[Key::kRows],
        strata::name_of(call.in), call.batch > 1 ? fmt::format(", {} times", call.batch) : "",
        call.bias != nullptr ? "its bias" : "it"));
  }

  static constexpr std::size_t kMostPlans = 16384;
  const CublasLtTable& lt_ = cublaslt().call;
  Queue queue_;
  cublasLtHandle_t handle_ = nullptr;
  std::mutex mutex_;
  std::unordered_map<Key, Plan, KeyHash> plans_;
};

struct AllProducts {
  std::mutex mutex;
  std::map<void*, std::shared_ptr<Products>> by_stream;
};
AllProducts& all_products() {
  static auto* one = new AllProducts;  // never destroyed: a device may end after what is static here would have
  return *one;
}

std::shared_ptr<Products> products_of(void* stream) {
  const Queue& queue = queue_of(stream);
  const std::lock_guard lock(all_products().mutex);
  std::shared_ptr<Products>& one = all_products().by_stream[queue.stream];
  if (one == nullptr) one = std::make_shared<Products>(queue);
  return one;
}

}  // namespace

bool run_planned(const Product& product, Workspace& workspace, void* stream) {
  return products_of(stream)->run(call_of(product), workspace, stream);
}

void end_products(void* stream) {
  const std::lock_guard lock(all_products().mutex);
  all_products().by_stream.erase(stream);
}

}  // namespace strata::cuda
