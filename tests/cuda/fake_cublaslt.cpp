// Stands in for NVIDIA's libcublasLt.so where there is no GPU: what a product is follows from the descriptors alone, as
// NVIDIA's documentation of cublasLtMatmul defines them (column-major, sums in float64), on the memory of the stand-in
// for a card. It refuses what the real one refuses: sizes of attributes, operands that do not fit each other, types
// that are not in the documentation's table, addresses less aligned than the algorithm was asked for. FAKE_CUBLASLT_
// variables, read at the call, choose what goes wrong:
//   VERSION n   of the library (default: this toolkit's)     FAIL n    status of every product
//   NONE 1      no algorithm is found for anything           NONE 2    none with a bias
#include <cublasLt.h>
#include <cuda.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <vector>

#include "fake_queue.hpp"

namespace {

long long number(const char* name, long long fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::atoll(text);
}

std::atomic<long long> handles{0}, descriptors{0}, searches{0}, products{0};

// Attributes by number, each of a size of its own.
struct Attributes {
  std::map<int, std::size_t> sizes;
  std::map<int, std::vector<unsigned char>> values;

  cublasStatus_t set(int attribute, const void* from, std::size_t bytes) {
    const auto size = sizes.find(attribute);
    if (size == sizes.end() || from == nullptr || size->second != bytes) return CUBLAS_STATUS_INVALID_VALUE;
    const auto* first = static_cast<const unsigned char*>(from);
    values[attribute].assign(first, first + bytes);
    return CUBLAS_STATUS_SUCCESS;
  }
  template <class T>
  T get(int attribute, T fallback) const {
    const auto found = values.find(attribute);
    if (found == values.end()) return fallback;
    T value;
    std::memcpy(&value, found->second.data(), sizeof value);
    return value;
  }
};

struct Product {
  cublasComputeType_t compute;
  cudaDataType_t scale;
  Attributes attributes{{{CUBLASLT_MATMUL_DESC_TRANSA, 4},
                         {CUBLASLT_MATMUL_DESC_TRANSB, 4},
                         {CUBLASLT_MATMUL_DESC_EPILOGUE, 4},
                         {CUBLASLT_MATMUL_DESC_BIAS_POINTER, 8},
                         {CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, 4}},
                        {}};

  bool turned(cublasLtMatmulDescAttributes_t which) const {
    return attributes.get<std::int32_t>(which, CUBLAS_OP_N) == CUBLAS_OP_T;
  }
  std::uint32_t epilogue() const {
    return attributes.get<std::uint32_t>(CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_DEFAULT);
  }
  const void* bias() const { return attributes.get<const void*>(CUBLASLT_MATMUL_DESC_BIAS_POINTER, nullptr); }
};

struct Layout {
  cudaDataType_t type;
  std::int64_t rows, columns, ld;
  Attributes attributes{{{CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, 4}, {CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, 8}},
                        {}};

  std::int32_t batch() const { return attributes.get<std::int32_t>(CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, 1); }
  std::int64_t stride() const { return attributes.get<std::int64_t>(CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, 0); }
  bool same(const Layout& other) const {
    return type == other.type && rows == other.rows && columns == other.columns && ld == other.ld &&
           batch() == other.batch() && stride() == other.stride();
  }
};

struct Preference {
  Attributes attributes{{{CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, 8},
                         {CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, 4},
                         {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, 4},
                         {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, 4},
                         {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, 4},
                         {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, 4}},
                        {}};
};

// What an algorithm remembers of the search, in the 8 words of cublasLtMatmulAlgo_t.
struct Algorithm {
  std::uint64_t magic, workspace, alignment[4], bias_alignment, shape;
};
static_assert(sizeof(Algorithm) == sizeof(cublasLtMatmulAlgo_t));
constexpr std::uint64_t kMagic = 0x616C676F;

const Product& product_of(cublasLtMatmulDesc_t handle) { return *reinterpret_cast<const Product*>(handle); }
const Layout& layout_of(cublasLtMatrixLayout_t handle) { return *reinterpret_cast<const Layout*>(handle); }

std::uint64_t alignment_of(const void* address) {
  return std::uint64_t{1} << std::min(8, std::countr_zero(reinterpret_cast<std::uintptr_t>(address) | 256U));
}

// A product's parts: D = op(A) op(B), m x k times k x n.
struct Problem {
  Product product;
  Layout a, b, c, d;
  std::int64_t m, n, k;

  Problem(cublasLtMatmulDesc_t of, cublasLtMatrixLayout_t first, cublasLtMatrixLayout_t second,
          cublasLtMatrixLayout_t addend, cublasLtMatrixLayout_t result)
      : product(product_of(of)),
        a(layout_of(first)),
        b(layout_of(second)),
        c(layout_of(addend)),
        d(layout_of(result)),
        m(d.rows),
        n(d.columns),
        k(product.turned(CUBLASLT_MATMUL_DESC_TRANSA) ? a.rows : a.columns) {}

  bool fits() const {
    const bool turned_a = product.turned(CUBLASLT_MATMUL_DESC_TRANSA),
               turned_b = product.turned(CUBLASLT_MATMUL_DESC_TRANSB);
    if ((turned_a ? a.columns : a.rows) != m) return false;
    if ((turned_b ? b.columns : b.rows) != k || (turned_b ? b.rows : b.columns) != n) return false;
    if (c.rows != m || c.columns != n) return false;
    for (const Layout* one : {&a, &b, &c, &d}) {
      if (one->rows < 1 || one->columns < 1 || one->ld < one->rows || one->batch() != d.batch()) return false;
      if (one->rows > INT32_MAX || one->columns > INT32_MAX) return false;
    }
    // A result's matrices must not overlap.
    return d.batch() >= 1 && (d.batch() == 1 || d.stride() >= d.ld * (d.columns - 1) + d.rows);
  }

  // The table of types in the documentation, as far as it is of real floating types of 16 bits and more.
  bool supported() const {
    if (a.type != b.type || c.type != d.type) return false;
    const bool bias = product.epilogue() == CUBLASLT_EPILOGUE_BIAS;
    if (!bias && product.epilogue() != CUBLASLT_EPILOGUE_DEFAULT) return false;
    if (bias) {
      const auto type = product.attributes.get<std::int32_t>(CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, -1);
      if (type != -1 && type != d.type) return false;
      if (product.bias() == nullptr || alignment_of(product.bias()) < 16) return false;
    }
    switch (product.compute) {
      case CUBLAS_COMPUTE_64F: return product.scale == CUDA_R_64F && a.type == CUDA_R_64F && d.type == CUDA_R_64F;
      case CUBLAS_COMPUTE_32F_FAST_TF32:
        return product.scale == CUDA_R_32F && a.type == CUDA_R_32F && d.type == CUDA_R_32F;
      case CUBLAS_COMPUTE_32F:
        if (product.scale != CUDA_R_32F) return false;
        if (a.type == CUDA_R_32F) return d.type == CUDA_R_32F;
        return (a.type == CUDA_R_16F || a.type == CUDA_R_16BF) && (d.type == a.type || d.type == CUDA_R_32F);
      default: return false;
    }
  }

  std::uint64_t shape() const {
    std::uint64_t hash = 17;
    for (const Layout* one : {&a, &b, &c, &d}) {
      for (const std::int64_t word : {static_cast<std::int64_t>(one->type), one->rows, one->columns, one->ld,
                                      std::int64_t{one->batch()}, one->stride()}) {
        hash = hash * 1000003 + static_cast<std::uint64_t>(word);
      }
    }
    return hash * 1000003 + product.epilogue();
  }
};

// The nearest value with `bits` bits, none finer than 2^least; ties to even.
double rounded(double x, int bits, int least) {
  if (x == 0 || !std::isfinite(x)) return x;
  int exponent = 0;
  (void)std::frexp(x, &exponent);
  const int unit = std::max(exponent - bits, least);
  return std::ldexp(std::nearbyint(std::ldexp(x, -unit)), unit);
}

double half_value(std::uint16_t word) {
  const int exponent = (word >> 10U) & 31, fraction = word & 1023;
  const double size = exponent == 31  ? (fraction == 0 ? INFINITY : NAN)
                      : exponent == 0 ? std::ldexp(fraction, -24)
                                      : std::ldexp(1024 + fraction, exponent - 25);
  return (word & 0x8000U) != 0 ? -size : size;
}
std::uint16_t half_word(double x) {
  const auto sign = static_cast<std::uint16_t>(std::signbit(x) ? 0x8000U : 0U);
  if (std::isnan(x)) return sign | 0x7E00U;
  const double size = rounded(std::abs(x), 11, -24);
  if (size > 65504) return sign | 0x7C00U;
  if (size < 0x1p-14) return sign | static_cast<std::uint16_t>(size * 0x1p24);
  int exponent = 0;
  const double fraction = std::frexp(size, &exponent);  // [1/2, 1)
  return sign | static_cast<std::uint16_t>(((exponent + 14) << 10) | (static_cast<int>(fraction * 2048) - 1024));
}

double read(const void* from, std::int64_t i, cudaDataType_t type) {
  switch (type) {
    case CUDA_R_64F: return static_cast<const double*>(from)[i];
    case CUDA_R_32F: return static_cast<double>(static_cast<const float*>(from)[i]);
    case CUDA_R_16F: return half_value(static_cast<const std::uint16_t*>(from)[i]);
    default:
      return static_cast<double>(
          std::bit_cast<float>(static_cast<std::uint32_t>(static_cast<const std::uint16_t*>(from)[i]) << 16U));
  }
}
void write(void* to, std::int64_t i, cudaDataType_t type, double x) {
  switch (type) {
    case CUDA_R_64F: static_cast<double*>(to)[i] = x; break;
    case CUDA_R_32F: static_cast<float*>(to)[i] = static_cast<float>(x); break;
    case CUDA_R_16F: static_cast<std::uint16_t*>(to)[i] = half_word(x); break;
    default:
      static_cast<std::uint16_t*>(to)[i] = static_cast<std::uint16_t>(
          std::bit_cast<std::uint32_t>(static_cast<float>(std::isnan(x) ? NAN : rounded(x, 8, -133))) >> 16U);
  }
}

// op(X) of one batch entry, row after row [rows, columns], as the arithmetic reads it.
std::vector<double> operand(const void* data, const Layout& layout, bool turned, std::int64_t entry, bool tf32) {
  const std::int64_t rows = turned ? layout.columns : layout.rows, columns = turned ? layout.rows : layout.columns;
  std::vector<double> out(static_cast<std::size_t>(rows * columns));
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) {
      const std::int64_t row = turned ? j : i, column = turned ? i : j;
      const double x = read(data, entry * layout.stride() + column * layout.ld + row, layout.type);
      out[static_cast<std::size_t>(i * columns + j)] = tf32 ? rounded(x, 11, -136) : x;
    }
  }
  return out;
}

// The float next to x towards 0.
double truncated(double x) {
  const auto nearest = static_cast<float>(x);
  return std::abs(static_cast<double>(nearest)) > std::abs(x) ? std::nextafter(nearest, 0.0F) : nearest;
}

// D = alpha op(A) op(B) + beta C + bias, the bias along D's rows. Sums of TF32 are truncated after eight terms each, as
// those of tensor cores are (Fasi et al. 2021, "Numerical behavior of NVIDIA tensor cores").
void compute(const Problem& p, double alpha, double beta, const void* const data[3], void* result) {
  const bool tf32 = p.product.compute == CUBLAS_COMPUTE_32F_FAST_TF32;
  const auto m = static_cast<std::size_t>(p.m), n = static_cast<std::size_t>(p.n), k = static_cast<std::size_t>(p.k);
  std::vector<double> line(n);
  for (std::int64_t entry = 0; entry < p.d.batch(); ++entry) {
    const std::vector<double> a = operand(data[0], p.a, p.product.turned(CUBLASLT_MATMUL_DESC_TRANSA), entry, tf32),
                              b = operand(data[1], p.b, p.product.turned(CUBLASLT_MATMUL_DESC_TRANSB), entry, tf32);
    for (std::size_t i = 0; i < m; ++i) {
      std::fill(line.begin(), line.end(), 0.0);
      for (std::size_t l = 0; l < k; ++l) {
        const double factor = a[i * k + l];
        for (std::size_t j = 0; j < n; ++j) line[j] += factor * b[l * n + j];
        if (tf32 && (l % 8 == 7 || l + 1 == k)) {
          for (double& sum : line) sum = truncated(sum);
        }
      }
      const double bias = p.product.epilogue() == CUBLASLT_EPILOGUE_BIAS
                              ? read(p.product.bias(), static_cast<std::int64_t>(i), p.d.type)
                              : 0;
      for (std::size_t j = 0; j < n; ++j) {
        const auto row = static_cast<std::int64_t>(i), column = static_cast<std::int64_t>(j);
        double value = alpha * line[j] + bias;
        if (beta != 0) value += beta * read(data[2], entry * p.c.stride() + column * p.c.ld + row, p.c.type);
        write(result, entry * p.d.stride() + column * p.d.ld + row, p.d.type, value);
      }
    }
  }
}

template <class T>
cublasStatus_t destroy(T* descriptor) {
  delete descriptor;
  --descriptors;
  return CUBLAS_STATUS_SUCCESS;
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
  *made = reinterpret_cast<cublasLtMatmulDesc_t>(new Product{compute, scale});
  ++descriptors;
  return CUBLAS_STATUS_SUCCESS;
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
  *made = reinterpret_cast<cublasLtMatrixLayout_t>(
      new Layout{type, static_cast<std::int64_t>(rows), static_cast<std::int64_t>(columns), ld});
  ++descriptors;
  return CUBLAS_STATUS_SUCCESS;
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
  *made = reinterpret_cast<cublasLtMatmulPreference_t>(new Preference);
  ++descriptors;
  return CUBLAS_STATUS_SUCCESS;
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
  if (none == 1 || (none == 2 && problem.product.epilogue() == CUBLASLT_EPILOGUE_BIAS) || !problem.supported()) {
    return CUBLAS_STATUS_NOT_SUPPORTED;
  }
  const Attributes& wish = reinterpret_cast<const Preference*>(preference)->attributes;
  // Long sums are split where there is room for the parts.
  const std::uint64_t room = problem.k < 64 ? 0 : static_cast<std::uint64_t>(4 * problem.m * problem.n);
  Algorithm algorithm{};
  algorithm.magic = kMagic;
  algorithm.workspace = room <= wish.get<std::uint64_t>(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, 0) ? room : 0;
  for (int i = 0; i < 4; ++i) {
    algorithm.alignment[i] = wish.get<std::uint32_t>(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES + i, 256);
  }
  algorithm.bias_alignment = problem.product.bias() != nullptr ? alignment_of(problem.product.bias()) : 1;
  algorithm.shape = problem.shape();
  results[0] = {};
  std::memcpy(&results[0].algo, &algorithm, sizeof algorithm);
  results[0].workspaceSize = algorithm.workspace;
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
  Algorithm algorithm;
  std::memcpy(&algorithm, chosen, sizeof algorithm);
  if (algorithm.magic != kMagic || algorithm.shape != problem.shape()) return CUBLAS_STATUS_INVALID_VALUE;
  const void* addresses[] = {a, b, c, d};
  for (int i = 0; i < 4; ++i) {
    if (alignment_of(addresses[i]) < algorithm.alignment[i]) return CUBLAS_STATUS_INVALID_VALUE;
  }
  if (problem.product.bias() != nullptr && alignment_of(problem.product.bias()) < algorithm.bias_alignment) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  if (workspace_bytes < algorithm.workspace) return CUBLAS_STATUS_INVALID_VALUE;
  if (algorithm.workspace > 0 && (workspace == nullptr || alignment_of(workspace) < 256)) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  const bool wide = problem.product.scale == CUDA_R_64F;
  const auto scalar = [wide](const void* from) {
    return wide ? *static_cast<const double*>(from) : static_cast<double>(*static_cast<const float*>(from));
  };
  const double by = scalar(alpha), keep = scalar(beta);
  const int queued = fake::in_queue(stream, [=] {
    if (algorithm.workspace > 0) std::memset(workspace, 0xFF, algorithm.workspace);  // NaN
    const void* const data[] = {a, b, c};
    compute(problem, by, keep, data, d);
  });
  return queued == 0 ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_EXECUTION_FAILED;
}

}  // extern "C"
