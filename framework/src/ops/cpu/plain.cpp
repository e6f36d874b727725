// Conversions in and out of the types that the plain kernels compute in.
#include "ops/cpu/plain.hpp"

namespace strata::detail {

template <class C>
View as_compute(const View& view, Workspace* workspace) {
  if (view.dtype == kDTypeOf<C>) return view;
  View copy = view;
  copy.dtype = kDTypeOf<C>;
  std::int64_t step = 1;
  View source = view;
  for (int i = view.rank - 1; i >= 0; --i) {
    if (view.strides[i] == 0) source.shape[i] = copy.shape[i] = 1;
    copy.strides[i] = step;
    step *= source.shape[i];
  }
  copy.data = workspace->take<C>(step);
  with_elements(source, [&](auto* from) {
    const StridedLoop<2> walk(source, {&source, &copy});
    C* to = copy.as<C>();
    walk.run([&](const std::array<std::int64_t, 2>& at, std::int64_t count) {
      for (std::int64_t i = 0; i < count; ++i) {
        to[at[1] + i * walk.inner[1]] = load_element<C>(from[at[0] + i * walk.inner[0]]);
      }
    });
  });
  return copy;
}

template View as_compute<double>(const View& view, Workspace* workspace);
template View as_compute<float>(const View& view, Workspace* workspace);
template View as_compute<std::int64_t>(const View& view, Workspace* workspace);

void finish(const View& target, const View& output) {
  if (target.data == output.data) return;
  const bool to_bool = output.dtype == DType::boolean;
  with_compute(target.dtype, [&](auto c) {
    using C = decltype(c);
    const C* from = target.as<C>();
    with_elements(output, [&](auto* to) {
      using T = std::remove_pointer_t<decltype(to)>;
      parallel_for(0, output.numel(), 16384, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t i = first; i < last; ++i) {
          to[i] =
              to_bool ? static_cast<T>(store_element<T>(static_cast<C>(from[i] != C{0}))) : store_element<T>(from[i]);
        }
      });
    });
  });
}

}  // namespace strata::detail
