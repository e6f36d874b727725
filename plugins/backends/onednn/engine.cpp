// oneDNN 2.6 and 3.x behind one face. The two differ in how a primitive is described (an operation descriptor, or the
// arguments themselves): the only #if of this plugin stands here.
#include "engine.hpp"

#include <dlfcn.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "strata/core/error.hpp"

namespace strata::onednn {
namespace {

using dnnl::memory;

dnnl::engine& engine() {
  static dnnl::engine one = [] {
    dnnl::set_primitive_cache_capacity(128);  // products are kept here; its own cache is for reorders
    return dnnl::engine(dnnl::engine::kind::cpu, 0);
  }();
  return one;
}

// Where oneDNN was built on OpenMP, its teams are of one in this thread, whatever OMP_* says: a team that the
// environment makes smaller than announced would compute a part of a product. The function is that of the runtime that
// oneDNN brought.
void without_team() {
  thread_local const bool done = [] {
    using SetThreads = void (*)(int);
    const auto set = reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
    if (set != nullptr) set(1);
    return true;
  }();
  (void)done;
}

dnnl::stream& stream() {
  thread_local dnnl::stream one(engine());
  without_team();
  return one;
}

// oneDNN does not look whether it was given the memory that it writes a primitive's code to.
void require_room_for_code() {
  constexpr std::size_t kRoom = std::size_t{32} << 20U;
  void* room = mmap(nullptr, kRoom, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) {
    throw Error("E_MEMORY_EXHAUSTED", "[onednn]", "32 MiB of address space for a product's code are not to be had",
                "`ulimit -v` bounds it");
  }
  munmap(room, kRoom);
}

memory::data_type type_of(DType dtype) {
  switch (dtype) {
    case DType::f32: return memory::data_type::f32;
    case DType::bf16: return memory::data_type::bf16;
    case DType::i8: return memory::data_type::s8;
    case DType::i32: return memory::data_type::s32;
    default: return memory::data_type::undef;
  }
}

// Packed buffers outlive the primitive that they were made for and serve others of the same layout.
std::uint64_t layout_number(const memory::desc& layout) {
  static std::mutex guard;
  static std::vector<memory::desc> known;
  const std::lock_guard<std::mutex> lock(guard);
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (known[i] == layout) return i;
  }
  known.push_back(layout);
  return known.size() - 1;
}

// Reads a two-dimensional blocked layout out of a descriptor.
BlockLayout blocks_of(const memory::desc& layout) {
  BlockLayout out;
#if DNNL_VERSION_MAJOR >= 3
  const memory::dims strides = layout.get_strides(), padded = layout.get_padded_dims();
  const memory::dims inner = layout.get_inner_blks(), axes = layout.get_inner_idxs();
  const std::size_t count = inner.size();
  const bool blocked = layout.get_format_kind() == memory::format_kind::blocked && layout.get_ndims() == 2;
#else
  const auto& blocking = layout.data.format_desc.blocking;
  const auto &strides = blocking.strides, &padded = layout.data.padded_dims;
  const auto &inner = blocking.inner_blks, &axes = blocking.inner_idxs;
  const auto count = static_cast<std::size_t>(blocking.inner_nblks);
  const bool blocked =
      layout.data.format_kind == dnnl_blocked && layout.data.ndims == 2 && layout.data.extra.flags == 0;
#endif
  if (!blocked || count < 2 || count > 3 || axes[0] != 0 || axes[1] != 1) return out;
  if (count == 3 && (axes[2] != 0 || inner[2] != 2)) return out;
  if (inner[1] % 16 != 0) return out;
  out.pairs = count == 3;
  out.k_block = inner[0] * (out.pairs ? 2 : 1);
  out.n_block = inner[1];
  out.k_stride = strides[0];
  out.n_stride = strides[1];
  out.k_blocks = padded[0] / out.k_block;
  out.n_blocks = padded[1] / out.n_block;
  return out;
}

// The memory that one worker's calls are about.
struct Bound {
  dnnl::memory a, b, c, bias, scratch;
};

}  // namespace

struct ProductImplementation {
  Product product{};
  dnnl::matmul primitive;
  memory::desc a, b, c, bias, scratch;
  std::vector<Bound> bound;  // by worker
  memory::dims b_extents;
  bool packed = false;
  bool valid = false;
};

namespace {

// Layout [batch..., rows, columns]; an axis of stride 0 becomes an extent of 1, which oneDNN broadcasts.
memory::desc layout_of(const ProductSpec& spec, const std::int64_t* batch, std::int64_t rows, std::int64_t columns,
                       std::int64_t row_stride, std::int64_t column_stride, DType dtype) {
  memory::dims extents, strides;
  for (int i = 0; i < spec.batch_rank; ++i) {
    extents.push_back(batch[i] == 0 ? 1 : spec.batch[i]);
    strides.push_back(batch[i] == 0 ? rows * row_stride + columns * column_stride : batch[i]);
  }
  extents.insert(extents.end(), {rows, columns});
  strides.insert(strides.end(), {row_stride, column_stride});
  return memory::desc(extents, type_of(dtype), strides);
}

dnnl::matmul::primitive_desc describe(const memory::desc& a, const memory::desc& b, const memory::desc& bias,
                                      const memory::desc& c, const dnnl::primitive_attr& attributes) {
  const bool with_bias = bias.get_size() != 0;
#if DNNL_VERSION_MAJOR >= 3
  return with_bias ? dnnl::matmul::primitive_desc(engine(), a, b, bias, c, attributes)
                   : dnnl::matmul::primitive_desc(engine(), a, b, c, attributes);
#else
  return with_bias ? dnnl::matmul::primitive_desc(dnnl::matmul::desc(a, b, bias, c), attributes, engine())
                   : dnnl::matmul::primitive_desc(dnnl::matmul::desc(a, b, c), attributes, engine());
#endif
}

std::unique_ptr<ProductImplementation> make(const ProductSpec& spec) {
  auto made = std::make_unique<ProductImplementation>();
  made->product.implementation = made.get();
  require_room_for_code();
  without_team();
  try {
    made->a = layout_of(spec, spec.a_batch, spec.m, spec.k, spec.a_row, spec.a_column, spec.a_dtype);
    made->c = layout_of(spec, spec.c_batch, spec.m, spec.n, spec.c_row, 1, spec.c_dtype);
    if (spec.packed_b) {
      made->b_extents = {spec.k, spec.n};
      made->b = memory::desc(made->b_extents, type_of(spec.b_dtype), memory::format_tag::any);
    } else {
      made->b = layout_of(spec, spec.b_batch, spec.k, spec.n, spec.b_row, spec.b_column, spec.b_dtype);
    }
    if (spec.bias) {
      memory::dims extents(static_cast<std::size_t>(spec.batch_rank) + 2, 1), strides(extents.size(), spec.n);
      extents.back() = spec.n;
      strides.back() = 1;
      made->bias = memory::desc(extents, type_of(spec.bias_dtype), strides);
    }
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    if (spec.accumulate) {
      dnnl::post_ops after;
      after.append_sum(1.0F);
      attributes.set_post_ops(after);
    }
    const auto chosen = describe(made->a, made->b, made->bias, made->c, attributes);
    made->b = chosen.weights_desc();
    made->scratch = chosen.scratchpad_desc();
    made->product.scratch_bytes = made->scratch.get_size();
    made->product.reference = std::strncmp(chosen.impl_info_str(), "ref", 3) == 0;
    made->product.amx = std::strstr(chosen.impl_info_str(), "amx") != nullptr;
    made->packed = spec.packed_b;
    if (spec.packed_b) {
      made->product.packed_bytes = made->b.get_size();
      made->product.packed_layout = layout_number(made->b);
      made->product.blocks = blocks_of(made->b);
    }
    made->primitive = dnnl::matmul(chosen);
    made->valid = true;
  } catch (const dnnl::error&) {
    made->valid = false;  // remembered, so that it is asked once
  }
  return made;
}

struct SpecHash {
  std::size_t operator()(const ProductSpec& spec) const {
    std::uint64_t words[sizeof(ProductSpec) / 8], hash = 14695981039346656037ULL;
    std::memcpy(words, &spec, sizeof spec);
    for (const std::uint64_t word : words) hash = (hash ^ word ^ (hash >> 29U)) * 1099511628211ULL;
    return hash ^ (hash >> 32U);
  }
};
struct SpecEqual {
  bool operator()(const ProductSpec& a, const ProductSpec& b) const { return std::memcmp(&a, &b, sizeof a) == 0; }
};

void bind(dnnl::memory& bound, const memory::desc& layout, const void* data, bool padded) {
  void* handle = const_cast<void*>(data);
  if (bound && bound.get_data_handle() == handle) return;
  if (!bound || padded) {
    bound = dnnl::memory(layout, engine(), handle);  // set_data_handle of 2.6 would write the padding
  } else {
    bound.set_data_handle(handle);
  }
}

void check(dnnl_status_t status, const char* what) {
  if (status != dnnl_success) {
    throw Error("E_INTERNAL", "[onednn]", std::string(what) + " failed with status " + std::to_string(status));
  }
}

}  // namespace

namespace {

// Primitives by what they depend on. Batches of ever new shapes would fill memory without end (a primitive takes some
// hundred KiB), so from kCapacity on the half that was not used for longest goes. What a running call holds is recent.
class ProductCache {
 public:
  const Product* find(const ProductSpec& spec) {
    Entry& entry = entries_[spec];
    entry.used = ++clock_;
    if (!entry.made) {
      entry.made = make(spec);
      if (entries_.size() > kCapacity) drop_older_half();
    }
    const ProductImplementation& made = *entries_.find(spec)->second.made;
    return made.valid ? &made.product : nullptr;
  }

 private:
  static constexpr std::size_t kCapacity = 2048;
  struct Entry {
    std::unique_ptr<ProductImplementation> made;
    std::uint64_t used = 0;
  };

  void drop_older_half() {
    std::vector<std::uint64_t> times;
    for (const auto& [spec, entry] : entries_) times.push_back(entry.used);
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    const std::uint64_t oldest_kept = *middle;
    std::erase_if(entries_, [&](const auto& item) { return item.second.used < oldest_kept; });
  }

  std::unordered_map<ProductSpec, Entry, SpecHash, SpecEqual> entries_;
  std::uint64_t clock_ = 0;
};

}  // namespace

const Product* find_product(ProductSpec spec) {
  // An axis of one element may carry any stride; equal products should have equal specs.
  if (spec.m == 1) spec.a_row = spec.a_column == 1 ? spec.k : 1, spec.c_row = spec.n;
  if (spec.k == 1) spec.a_column = 1;
  if (spec.k == 1 && !spec.packed_b) spec.b_row = spec.b_column == 1 ? spec.n : 1;
  if (spec.n == 1 && !spec.packed_b) spec.b_column = spec.b_row == 1 ? spec.k : 1;
  thread_local ProductCache cache;
  return cache.find(spec);
}

void prepare_product(const Product& product, int count) {
  std::vector<Bound>& bound = product.implementation->bound;
  if (bound.size() < static_cast<std::size_t>(count)) bound.resize(static_cast<std::size_t>(count));
}

void run_product(const Product& product, const ProductData& data, int index) {
  const ProductImplementation& own = *product.implementation;
  Bound& bound = product.implementation->bound[static_cast<std::size_t>(index)];
  if (!bound.a) require_room_for_code();  // oneDNN's older kernels are written at their first call
  bind(bound.a, own.a, data.a, false);
  bind(bound.b, own.b, data.b, own.packed);
  bind(bound.c, own.c, data.c, false);
  dnnl_exec_arg_t arguments[5] = {
      {DNNL_ARG_SRC, bound.a.get()}, {DNNL_ARG_WEIGHTS, bound.b.get()}, {DNNL_ARG_DST, bound.c.get()}, {}, {}};
  int count = 3;
  if (data.bias != nullptr) {
    bind(bound.bias, own.bias, data.bias, false);
    arguments[count++] = {DNNL_ARG_BIAS, bound.bias.get()};
  }
  if (product.scratch_bytes != 0) {
    bind(bound.scratch, own.scratch, data.scratch, false);
    arguments[count++] = {DNNL_ARG_SCRATCHPAD, bound.scratch.get()};
  }
  check(dnnl_primitive_execute(own.primitive.get(), stream().get(), count, arguments), "a product");
}

void pack_b(const Product& product, const PackSource& source, void* packed) {
  ProductImplementation& own = *product.implementation;
  require_room_for_code();
  try {
    const memory::desc layout(own.b_extents, type_of(source.dtype), {source.row_stride, source.column_stride});
    dnnl::memory from(layout, engine(), const_cast<void*>(source.data)), to(own.b, engine(), packed);
    dnnl::reorder(from, to).execute(stream(), from, to);  // oneDNN itself keeps what this makes
    stream().wait();
  } catch (const dnnl::error& fault) {
    throw Error("E_INTERNAL", "[onednn]", std::string("packing a weight: ") + fault.what());
  }
}

namespace {

// A product of bf16, as oneDNN would do it here.
const Product* bf16_product() {
  ProductSpec spec;
  spec.m = spec.n = spec.k = 64;
  spec.a_row = spec.b_row = spec.c_row = 64;
  spec.a_column = spec.b_column = 1;
  spec.a_dtype = spec.b_dtype = DType::bf16;
  return find_product(spec);
}

}  // namespace

bool bf16_products() {
  static const bool possible = [] {
    const Product* found = bf16_product();
    return found != nullptr && !found->reference;
  }();
  return possible;
}

bool amx_products() {
  static const bool used = bf16_products() && bf16_product()->amx;
  return used;
}

const char* engine_version() {
  static const std::string text = [] {
    const dnnl_version_t* version = dnnl_version();
    return std::to_string(version->major) + "." + std::to_string(version->minor) + "." + std::to_string(version->patch);
  }();
  return text.c_str();
}

}  // namespace strata::onednn
