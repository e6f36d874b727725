// What reads and adds by index.
#include "kernels/checked.hpp"
#include "kernels/convert.hpp"
#include "kernels/rows.hpp"

namespace strata::cuda {
namespace {

struct IotaKernel {
  Elements y;
  STRATA_BOTH void operator()(std::int64_t i) const { y.store(i, i); }
};

void iota(const KernelCall& call) {
  each(call.outputs[0].numel(), call.stream, "iota", IotaKernel{elements_of(call.outputs[0])});
}

// y[i, ...] = x[rows[i], ...], converted.
template <class C>
struct GatherKernel {
  Elements x, y;
  const std::int64_t* rows;
  Axes index, tail;
  std::int64_t row_stride, table;
  STRATA_BOTH void operator()(std::int64_t i) const {
    const std::int64_t row = checked(rows[index.at(i / tail.size)], table);
    y.store(i, x.load<C>(row * row_stride + tail.at(i % tail.size)));
  }
};

void gather(const KernelCall& call) {
  const View &x = call.inputs[0], &rows = call.inputs[1], &y = call.outputs[0];
  with_compute(y.dtype, [&](auto c) {
    each(y.numel(), call.stream, "index_rows",
         GatherKernel<decltype(c)>{elements_of(x), elements_of(y), rows.as<std::int64_t>(), axes_of(rows),
                                   axes_of(x, 1, x.rank), x.strides[0], x.shape[0]});
  });
}

// target[rows[i], ...] += x[i, ...] in order of i: a thread owns a column, so that sums do not depend on timing.
template <class C>
struct ScatterKernel {
  Elements x, target;
  const std::int64_t* rows;
  Axes index, head, source, tail;  // of rows; x's axes of rows, and the rest; target's behind its rows
  std::int64_t row_stride, table, skipped;
  STRATA_BOTH void operator()(std::int64_t column) const {
    const std::int64_t from = source.at(column), to = tail.at(column);
    for (std::int64_t i = 0; i < index.size; ++i) {
      const std::int64_t row = rows[index.at(i)];
      if (row == skipped) continue;
      const std::int64_t at = checked(row, table) * row_stride + to;
      target.store(at, target.load<C>(at) + x.load<C>(head.at(i) + from));
    }
  }
};

// A dense f32 tensor of the view's shape.
View wide_copy(const View& view, Workspace* workspace) {
  View wide = view;
  wide.dtype = DType::f32;
  wide.data = workspace->take<float>(view.numel());
  std::int64_t step = 1;
  for (int axis = view.rank - 1; axis >= 0; --axis) {
    wide.strides[axis] = step;
    step *= view.shape[axis];
  }
  return wide;
}

void scatter_rows(const KernelCall& call) {
  const View &x = call.inputs[0], &rows = call.inputs[1], &target = call.outputs[0];
  const bool narrow = is_floating(target.dtype) && size_of(target.dtype) == 2;  // summed in f32, rounded once
  const View sums = narrow ? wide_copy(target, call.workspace) : target;
  if (narrow) convert(target, sums, sums.dtype, call.stream, "scatter_rows");
  with_compute(target.dtype, [&](auto c) {
    const Axes tail = axes_of(sums, 1, sums.rank);
    each(tail.size, call.stream, "scatter_rows",
         ScatterKernel<decltype(c)>{elements_of(x), elements_of(sums), rows.as<std::int64_t>(), axes_of(rows),
                                    axes_of(x, 0, rows.rank), axes_of(x, rows.rank, x.rank), tail, sums.strides[0],
                                    sums.shape[0], call.attributes.integer("padding", -1)});
  });
  if (narrow) convert(sums, target, sums.dtype, call.stream, "scatter_rows");
}

// y[i] = x[i, index[i]], or target[i, index[i]] += x[i].
template <class C, bool kAdds>
struct PickKernel {
  Elements x, y;
  const std::int64_t* rows;
  Axes index, head;  // of the indices, and of the tensor that they lead into
  std::int64_t stride, table;
  Axes other;  // of the tensor that has an element for each index
  STRATA_BOTH void operator()(std::int64_t i) const {
    const std::int64_t at = head.at(i) + checked(rows[index.at(i)], table) * stride;
    if constexpr (kAdds) {
      y.store(at, y.load<C>(at) + x.load<C>(other.at(i)));
    } else {
      y.store(other.at(i), x.load<C>(at));
    }
  }
};

void pick(const KernelCall& call) {
  const View &x = call.inputs[0], &index = call.inputs[1], &y = call.outputs[0];
  with_compute(y.dtype, [&](auto c) {
    each(index.numel(), call.stream, "pick",
         PickKernel<decltype(c), false>{elements_of(x), elements_of(y), index.as<std::int64_t>(), axes_of(index),
                                        axes_of(x, 0, index.rank), x.stride(-1), x.size(-1), axes_of(y)});
  });
}

void scatter_pick(const KernelCall& call) {
  const View &x = call.inputs[0], &index = call.inputs[1], &target = call.outputs[0];
  with_compute(target.dtype, [&](auto c) {
    each(index.numel(), call.stream, "scatter_pick",
         PickKernel<decltype(c), true>{elements_of(x), elements_of(target), index.as<std::int64_t>(), axes_of(index),
                                       axes_of(target, 0, index.rank), target.stride(-1), target.size(-1), axes_of(x)});
  });
}

}  // namespace

void add_index(Rows& rows) {
  rows.push_back(row_of("iota", iota));
  rows.push_back(row_of("index_rows", gather));
  rows.push_back(row_of("embedding", gather));
  rows.push_back(row_of("scatter_rows", scatter_rows));
  rows.push_back(row_of("pick", pick));
  rows.push_back(row_of("scatter_pick", scatter_pick));
}

}  // namespace strata::cuda
