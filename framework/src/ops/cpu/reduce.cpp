// Plain reductions: sum over any axes, max with its index, topk.
#include <numeric>
#include <vector>

#include "ops/cpu/plain.hpp"
#include "ops/families.hpp"

namespace strata::detail {
namespace {

// Splits the axes of x into kept and reduced ones, as two lists of (extent, stride).
struct Axes {
  std::array<std::int64_t, kMaxRank> extent{}, stride{};
  int count = 0;
  std::int64_t size = 1;

  void add(std::int64_t e, std::int64_t s) {
    extent[static_cast<std::size_t>(count)] = e;
    stride[static_cast<std::size_t>(count)] = s;
    ++count;
    size *= e;
  }
  std::int64_t offset(std::int64_t index) const {
    std::int64_t at = 0;
    for (int i = count - 1; i >= 0; --i) {
      const auto k = static_cast<std::size_t>(i);
      at += index % extent[k] * stride[k];
      index /= extent[k];
    }
    return at;
  }
};

// A block of 1,024 elements is summed on its own, then the blocks: the error grows with the blocks, not the elements.
template <class C, class T>
C sum_line(const T* from, const Axes& axes) {
  const std::int64_t inner = axes.count > 0 ? axes.extent[static_cast<std::size_t>(axes.count - 1)] : 1;
  const std::int64_t step = axes.count > 0 ? axes.stride[static_cast<std::size_t>(axes.count - 1)] : 0;
  C total{0};
  for (std::int64_t i = 0; i < axes.size; i += inner) {
    const T* line = from + axes.offset(i);
    for (std::int64_t block = 0; block < inner; block += 1024) {
      C part{0};
      for (std::int64_t j = block; j < std::min(inner, block + 1024); ++j) part += load_element<C>(line[j * step]);
      total += part;
    }
  }
  return total;
}

void sum(const KernelCall& call) {
  const View& x = call.inputs[0];
  const View& y = call.outputs[0];
  const auto mask = call.attributes.integer("axes");
  Axes kept, gone;
  for (int i = 0; i < x.rank; ++i) (((mask >> i) & 1) != 0 ? gone : kept).add(x.shape[i], x.strides[i]);
  with_elements(x, [&](auto* from) {
    with_compute(x.dtype, [&](auto c) {
      using C = decltype(c);
      using Out = std::conditional_t<std::is_same_v<C, std::int64_t>, std::int64_t, C>;
      Out* to = y.as<Out>();
      // The last axis kept and dense, the reduced ones outside: add whole rows, which walks memory in order.
      const bool rowwise = kept.count > 0 && gone.count > 0 &&
                           kept.stride[static_cast<std::size_t>(kept.count - 1)] == 1 &&
                           gone.stride[static_cast<std::size_t>(gone.count - 1)] != 1 &&
                           kept.extent[static_cast<std::size_t>(kept.count - 1)] >= 8;
      const std::int64_t line = rowwise ? kept.extent[static_cast<std::size_t>(kept.count - 1)] : 1;
      const std::int64_t chunk = rowwise ? 64 : 1;
      const std::int64_t chunks = (line + chunk - 1) / chunk;
      parallel_for(0, kept.size / line * chunks,
                   std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(1, gone.size * chunk)),
                   [&](std::int64_t first, std::int64_t last) {
                     for (std::int64_t piece = first; piece < last; ++piece) {
                       if (!rowwise) {
                         to[piece] = sum_line<C>(from + kept.offset(piece), gone);
                         continue;
                       }
                       const std::int64_t begin = piece / chunks * line + piece % chunks * chunk;
                       const std::int64_t width = std::min(chunk, line - piece % chunks * chunk);
                       C totals[64] = {};
                       const auto* base = from + kept.offset(begin);
                       for (std::int64_t g = 0; g < gone.size; ++g) {
                         const auto* row = base + gone.offset(g);
                         for (std::int64_t j = 0; j < width; ++j) totals[j] += load_element<C>(row[j]);
                       }
                       std::copy(totals, totals + width, to + begin);
                     }
                   });
    });
  });
}

void max(const KernelCall& call) {
  const View& x = call.inputs[0];
  const auto axis = call.attributes.integer("axis");
  Axes kept;
  for (int i = 0; i < x.rank; ++i) {
    if (i != axis) kept.add(x.shape[i], x.strides[i]);
  }
  const std::int64_t count = x.shape[axis], step = x.strides[axis];
  auto* index = call.outputs[1].as<std::int64_t>();
  with_elements(x, [&](auto* from) {
    using T = std::remove_pointer_t<decltype(from)>;
    T* to = call.outputs[0].as<T>();
    with_compute(x.dtype, [&](auto c) {
      using C = decltype(c);
      parallel_for(0, kept.size, std::max<std::int64_t>(1, 16384 / count), [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t i = first; i < last; ++i) {
          const T* line = from + kept.offset(i);
          std::int64_t best = 0;
          C value = load_element<C>(line[0]);
          for (std::int64_t j = 1; j < count && !is_nan(value); ++j) {
            const C other = load_element<C>(line[j * step]);
            if (other > value || is_nan(other)) {
              value = other;
              best = j;
            }
          }
          to[i] = line[best * step];
          index[i] = best;
        }
      });
    });
  });
}

void topk(const KernelCall& call) {
  const View x = call.inputs[0];
  const auto k = static_cast<std::size_t>(call.attributes.integer("k"));
  const std::int64_t count = x.size(-1), step = x.stride(-1);
  Axes kept;
  for (int i = 0; i + 1 < x.rank; ++i) kept.add(x.shape[i], x.strides[i]);
  auto* index = call.outputs[1].as<std::int64_t>();
  with_elements(x, [&](auto* from) {
    using T = std::remove_pointer_t<decltype(from)>;
    T* to = call.outputs[0].as<T>();
    with_compute(x.dtype, [&](auto c) {
      using C = decltype(c);
      parallel_for(0, kept.size, std::max<std::int64_t>(1, 16384 / count), [&](std::int64_t first, std::int64_t last) {
        struct Entry {
          C value;
          std::int64_t at;
        };
        const auto before = [](const Entry& a, const Entry& b) {
          return a.value > b.value || (a.value == b.value && a.at < b.at);
        };
        std::vector<Entry> heap;  // the worst of the best k on top
        heap.reserve(k + 1);
        for (std::int64_t i = first; i < last; ++i) {
          const T* line = from + kept.offset(i);
          heap.clear();
          for (std::int64_t j = 0; j < count; ++j) {
            const Entry entry{load_element<C>(line[j * step]), j};
            if (heap.size() == k && !(entry.value > heap.front().value)) continue;
            if (heap.size() == k) {
              std::pop_heap(heap.begin(), heap.end(), before);
              heap.pop_back();
            }
            heap.push_back(entry);
            std::push_heap(heap.begin(), heap.end(), before);
          }
          std::sort_heap(heap.begin(), heap.end(), before);
          for (std::size_t j = 0; j < k; ++j) {
            const auto at = static_cast<std::size_t>(i) * k + j;
            index[at] = heap[j].at;
            to[at] = line[heap[j].at * step];
          }
        }
      });
    });
  });
}

}  // namespace

void add_plain_reduce(KernelRows& rows) {
  rows.push_back(plain_row("sum", sum));
  rows.push_back(plain_row("max", max));
  rows.push_back(plain_row("topk", topk));
}

}  // namespace strata::detail
