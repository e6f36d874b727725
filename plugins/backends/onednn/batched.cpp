// multiply_batched: many products of one shape; the largest batch axis is cut for the threads.
#include <algorithm>

#include "gemm.hpp"
#include "strata/device/parallel.hpp"

namespace strata::onednn {
namespace {

void* at(const Matrix& m, std::int64_t element) {
  return static_cast<unsigned char*>(m.data) + element * static_cast<std::int64_t>(size_of(m.dtype));
}

// One primitive over a stretch of an axis, for each of its parts.
class CutBatch {
 public:
  CutBatch(const BatchedProduct& p, ProductSpec spec) : p_(p) {
    spec.batch_rank = p.rank;
    double flops = 2.0 * static_cast<double>(spec.m) * static_cast<double>(spec.n) * static_cast<double>(spec.k);
    for (int i = 0; i < p.rank; ++i) {
      spec.batch[i] = p.extents[i];
      spec.a_batch[i] = p.a_strides[i];
      spec.b_batch[i] = p.b_strides[i];
      spec.c_batch[i] = p.c_strides[i];
      flops *= static_cast<double>(p.extents[i]);
      if (p.extents[i] > p.extents[axis_]) axis_ = i;
    }
    const std::int64_t extent = p.extents[axis_];
    length_ = (extent + parts_of(extent, flops) - 1) / parts_of(extent, flops);
    count_ = (extent + length_ - 1) / length_;
    spec.batch[axis_] = length_;
    main_ = find_product(spec);
    spec.batch[axis_] = extent - (count_ - 1) * length_;
    last_ = find_product(spec);
  }

  // oneDNN has a fast kernel for these strides.
  bool fast() const { return main_ != nullptr && last_ != nullptr && !main_->reference && !last_->reference; }

  void run(Workspace& workspace) const {
    const std::size_t bytes = (std::max(main_->scratch_bytes, last_->scratch_bytes) + 63) / 64 * 64;
    const int threads = count_ > 1 ? thread_count() : 1;
    auto* scratch =
        bytes == 0
            ? nullptr
            : static_cast<unsigned char*>(workspace.allocate(&workspace, bytes * static_cast<std::size_t>(threads)));
    prepare_product(*main_, threads);
    prepare_product(*last_, threads);
    parallel_for(0, count_, 1, [&](std::int64_t first, std::int64_t last) {
      const int worker = count_ > 1 ? worker_index() : 0;
      for (std::int64_t i = first; i < last; ++i) {
        const std::int64_t begin = i * length_;
        run_product(i + 1 == count_ ? *last_ : *main_,
                    {at(p_.a, begin * p_.a_strides[axis_]), at(p_.b, begin * p_.b_strides[axis_]),
                     at(p_.c, begin * p_.c_strides[axis_]), nullptr,
                     scratch == nullptr ? nullptr : scratch + static_cast<std::size_t>(worker) * bytes},
                    worker);
      }
    });
  }

 private:
  const BatchedProduct& p_;
  int axis_ = 0;
  std::int64_t length_ = 0, count_ = 0;
  const Product *main_ = nullptr, *last_ = nullptr;
};

// One product at a time, by whichever thread is free.
bool run_singly(const BatchedProduct& p, const ProductSpec& single, Workspace& workspace) {
  const Product* one = find_product(single);
  if (one == nullptr) return false;
  std::int64_t count = 1;
  for (int i = 0; i < p.rank; ++i) count *= p.extents[i];
  const std::size_t bytes = (one->scratch_bytes + 63) / 64 * 64;
  auto* scratch = static_cast<unsigned char*>(
      bytes == 0 ? nullptr : workspace.allocate(&workspace, bytes * static_cast<std::size_t>(thread_count())));
  prepare_product(*one, thread_count());
  parallel_for(0, count, 1, [&](std::int64_t first, std::int64_t last) {
    const int worker = worker_index();
    for (std::int64_t i = first; i < last; ++i) {
      std::int64_t rest = i, a = 0, b = 0, c = 0;
      for (int axis = p.rank - 1; axis >= 0; --axis) {
        const std::int64_t index = rest % p.extents[axis];
        rest /= p.extents[axis];
        a += index * p.a_strides[axis];
        b += index * p.b_strides[axis];
        c += index * p.c_strides[axis];
      }
      run_product(*one,
                  {at(p.a, a), at(p.b, b), at(p.c, c), nullptr,
                   scratch == nullptr ? nullptr : scratch + static_cast<std::size_t>(worker) * bytes},
                  worker);
    }
  });
  return true;
}

}  // namespace

bool multiply_batched(const BatchedProduct& p, Workspace& workspace) {
  if (!takes(p.a) || !takes(p.b) || p.a.dtype != p.b.dtype) return false;
  const ProductSpec single = product_spec(p.a, p.b, p.c, {});
  const CutBatch cut(p, single);
  if (!cut.fast()) return run_singly(p, single, workspace);
  cut.run(workspace);
  return true;
}

}  // namespace strata::onednn
