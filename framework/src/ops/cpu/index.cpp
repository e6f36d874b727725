// Plain loops of the ops that read and add by index.
#include "ops/cpu/plain.hpp"
#include "ops/families.hpp"

namespace strata::detail {
namespace {

void iota(const KernelCall& call) {
  const View& y = call.outputs[0];
  with_elements(y, [&](auto* to) {
    using T = std::remove_pointer_t<decltype(to)>;
    with_compute(y.dtype, [&](auto c) {
      for (std::int64_t i = 0; i < y.shape[0]; ++i) to[i] = store_element<T>(static_cast<decltype(c)>(i));
    });
  });
}

// The view's axes from `first` on, as a tensor of its own.
View tail_of(const View& view, int first) {
  View tail = view;
  tail.rank = view.rank - first;
  for (int i = 0; i < tail.rank; ++i) {
    tail.shape[i] = view.shape[i + first];
    tail.strides[i] = view.strides[i + first];
  }
  return tail;
}

// Offset of element i (row-major) of the first `axes` axes.
std::int64_t offset_of(const View& view, int axes, std::int64_t i) {
  std::int64_t at = 0;
  for (int axis = axes - 1; axis >= 0; --axis) {
    at += i % view.shape[axis] * view.strides[axis];
    i /= view.shape[axis];
  }
  return at;
}

// Element i (row-major) of a row, which mostly is dense.
struct Line {
  View view;
  bool dense;

  Line(const View& of, int first_axis) : view(tail_of(of, first_axis)), dense(view.contiguous()) {}
  std::int64_t at(std::int64_t i) const { return dense ? i : offset_of(view, view.rank, i); }
};

std::int64_t index_at(const View& index, std::int64_t i) {
  return index.as<std::int64_t>()[offset_of(index, index.rank, i)];
}

// as_compute leaves broadcast axes at extent 1; here they have their extent again, so that elements can be counted.
template <class C>
View as_counted(const View& view, Workspace* workspace) {
  View copy = as_compute<C>(view, workspace);
  for (int i = 0; i < view.rank; ++i) {
    if (copy.shape[i] == view.shape[i]) continue;
    copy.shape[i] = view.shape[i];
    copy.strides[i] = 0;
  }
  return copy;
}

// y[i, ...] = x[rows[i], ...]
void index_rows(const KernelCall& call) {
  const View &x = call.inputs[0], &rows = call.inputs[1], &y = call.outputs[0];
  const Line line(x, 1);
  const std::int64_t count = rows.numel(), width = line.view.numel();
  with_elements(y, [&](auto* to) {
    using T = std::remove_pointer_t<decltype(to)>;
    parallel_for(0, count, std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(1, width)),
                 [&](std::int64_t first, std::int64_t last) {
                   for (std::int64_t i = first; i < last; ++i) {
                     const T* row = x.as<T>() + index_at(rows, i) * x.strides[0];
                     if (line.dense) {
                       std::copy(row, row + width, to + i * width);
                       continue;
                     }
                     for (std::int64_t j = 0; j < width; ++j) to[i * width + j] = row[line.at(j)];
                   }
                 });
  });
}

// The same, converted to y's type.
void embedding(const KernelCall& call) {
  const View &x = call.inputs[0], &y = call.outputs[0];
  if (x.dtype == y.dtype) return index_rows(call);
  View gathered = y;
  gathered.dtype = x.dtype;
  gathered.data = call.workspace->take<std::byte>(y.numel() * static_cast<std::int64_t>(size_of(x.dtype)));
  KernelCall inner = call;
  inner.outputs = &gathered;
  index_rows(inner);
  with_compute(y.dtype, [&](auto c) {
    using C = decltype(c);
    const C* from = as_compute<C>(gathered, call.workspace).template as<C>();
    with_elements(y, [&](auto* to) {
      using T = std::remove_pointer_t<decltype(to)>;
      for (std::int64_t i = 0; i < y.numel(); ++i) to[i] = store_element<T>(from[i]);
    });
  });
}

// target[rows[i], ...] += x[i, ...] in order of i. Threads share the columns, never a target element, so that the order
// of additions is that of i. 16-bit targets accumulate in f32 and are rounded once.
void scatter_rows(const KernelCall& call) {
  const View &rows = call.inputs[1], &target = call.outputs[0];
  const std::int64_t skipped = call.attributes.integer("padding", -1), count = rows.numel();
  with_compute(target.dtype, [&](auto c) {
    using C = decltype(c);
    const View x = as_counted<C>(call.inputs[0], call.workspace);
    const View sums = as_compute<C>(target, call.workspace);  // target itself, or a copy
    const Line source(x, rows.rank), line(sums, 1);
    const std::int64_t width = line.view.numel();
    parallel_for(0, width, std::max<std::int64_t>(64, 16384 / std::max<std::int64_t>(1, count)),
                 [&](std::int64_t first, std::int64_t last) {
                   for (std::int64_t i = 0; i < count; ++i) {
                     const std::int64_t row = index_at(rows, i);
                     if (row == skipped) continue;
                     const C* from = x.as<C>() + offset_of(x, rows.rank, i);
                     C* to = sums.as<C>() + row * sums.strides[0];
                     for (std::int64_t j = first; j < last; ++j) {
                       to[line.at(j)] += from[source.at(j)];
                     }
                   }
                 });
    if (sums.data == target.data) return;
    with_elements(target, [&](auto* to) {
      using T = std::remove_pointer_t<decltype(to)>;
      const StridedLoop<2> walk(target, {&sums, &target});
      walk.run([&](const std::array<std::int64_t, 2>& at, std::int64_t n) {
        for (std::int64_t i = 0; i < n; ++i) {
          to[at[1] + i * walk.inner[1]] = store_element<T>(sums.as<C>()[at[0] + i * walk.inner[0]]);
        }
      });
    });
  });
}

// y[i] = x[i, index[i]]
void pick(const KernelCall& call) {
  const View &x = call.inputs[0], &index = call.inputs[1], &y = call.outputs[0];
  with_elements(x, [&](const auto* from) {
    using T = std::remove_const_t<std::remove_pointer_t<decltype(from)>>;
    T* to = y.as<T>();
    parallel_for(0, y.numel(), 4096, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i) {
        to[i] = from[offset_of(x, index.rank, i) + index_at(index, i) * x.stride(-1)];
      }
    });
  });
}

// target[i, index[i]] += x[i]
void scatter_pick(const KernelCall& call) {
  const View &index = call.inputs[1], &target = call.outputs[0];
  with_compute(target.dtype, [&](auto c) {
    using C = decltype(c);
    const View x = as_counted<C>(call.inputs[0], call.workspace);
    with_elements(target, [&](auto* to) {
      using T = std::remove_pointer_t<decltype(to)>;
      parallel_for(0, index.numel(), 4096, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t i = first; i < last; ++i) {
          T& element = to[offset_of(target, index.rank, i) + index_at(index, i) * target.stride(-1)];
          element = store_element<T>(load_element<C>(element) + x.as<C>()[offset_of(x, index.rank, i)]);
        }
      });
    });
  });
}

}  // namespace

void add_plain_index(KernelRows& rows) {
  rows.push_back(plain_row("iota", iota));
  rows.push_back(plain_row("index_rows", index_rows));
  rows.push_back(plain_row("embedding", embedding));
  rows.push_back(plain_row("scatter_rows", scatter_rows));
  rows.push_back(plain_row("pick", pick));
  rows.push_back(plain_row("scatter_pick", scatter_pick));
}

}  // namespace strata::detail
