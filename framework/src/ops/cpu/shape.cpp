// Plain loops that copy: concat, copy to dense, and the in-place ops.
#include "ops/cpu/plain.hpp"
#include "ops/families.hpp"
#include "ops/place_at.hpp"

namespace strata::detail {
namespace {

// The same bits, whatever the type.
template <class Word>
void copy_words(const View& from, const View& to) {
  const StridedLoop<2> walk(to, {&from, &to});
  walk.run([&](const std::array<std::int64_t, 2>& at, std::int64_t count) {
    const Word* source = from.as<Word>() + at[0];
    Word* target = to.as<Word>() + at[1];
    if (walk.inner[0] == 1 && walk.inner[1] == 1) {
      std::copy(source, source + count, target);
    } else {
      for (std::int64_t i = 0; i < count; ++i) target[i * walk.inner[1]] = source[i * walk.inner[0]];
    }
  });
}

void copy_same(const View& from, const View& to) {
  switch (size_of(from.dtype)) {
    case 1: return copy_words<std::uint8_t>(from, to);
    case 2: return copy_words<std::uint16_t>(from, to);
    case 4: return copy_words<std::uint32_t>(from, to);
    default: return copy_words<std::uint64_t>(from, to);
  }
}

void copy(const KernelCall& call) { copy_same(call.inputs[0], call.outputs[0]); }

void concat(const KernelCall& call) {
  const auto axis = call.attributes.integer("axis");
  std::int64_t at = 0;
  for (std::int32_t i = 0; i < call.input_count; ++i) {
    View part = call.outputs[0];
    part.shape[axis] = call.inputs[i].shape[axis];
    part.data = part.as<std::byte>() + static_cast<std::size_t>(at * part.strides[axis]) * size_of(part.dtype);
    if (part.numel() > 0) copy_same(call.inputs[i], part);
    at += part.shape[axis];
  }
}

// outputs[0] += inputs[0]
void accumulate(const KernelCall& call) {
  const View& y = call.outputs[0];
  with_compute(y.dtype, [&](auto c) {
    using C = decltype(c);
    const View x = as_compute<C>(call.inputs[0], call.workspace);
    const StridedLoop<2> walk(y, {&x, &y});
    with_elements(y, [&](auto* to) {
      using T = std::remove_pointer_t<decltype(to)>;
      walk.run([&](const std::array<std::int64_t, 2>& at, std::int64_t count) {
        for (std::int64_t i = 0; i < count; ++i) {
          T& target = to[at[1] + i * walk.inner[1]];
          target = store_element<T>(load_element<C>(target) + x.as<C>()[at[0] + i * walk.inner[0]]);
        }
      });
    });
  });
}

void assign_one(const View& x, const View& y, Workspace* workspace) {
  if (x.dtype == y.dtype) return copy_same(x, y);
  with_compute(x.dtype, [&](auto c) {
    using C = decltype(c);
    const View source = as_compute<C>(x, workspace);
    const StridedLoop<2> walk(y, {&source, &y});
    with_elements(y, [&](auto* to) {
      using T = std::remove_pointer_t<decltype(to)>;
      walk.run([&](const std::array<std::int64_t, 2>& at, std::int64_t count) {
        for (std::int64_t i = 0; i < count; ++i) {
          to[at[1] + i * walk.inner[1]] = store_element<T>(source.as<C>()[at[0] + i * walk.inner[0]]);
        }
      });
    });
  });
}

// outputs[i] = inputs[i], converted.
void assign(const KernelCall& call) {
  for (std::int32_t i = 0; i < call.output_count; ++i) assign_one(call.inputs[i], call.outputs[i], call.workspace);
}

// outputs[i] from place `at` of axis 1 on = inputs[i]; the last input is `at`.
void assign_at(const KernelCall& call) {
  const std::int64_t at = *call.inputs[call.output_count].as<const std::int64_t>();
  for (std::int32_t i = 0; i < call.output_count; ++i) {
    assign_one(call.inputs[i], place_at(call.outputs[i], call.inputs[i], at), call.workspace);
  }
}

}  // namespace

void add_plain_shape(KernelRows& rows) {
  rows.push_back(plain_row("copy", copy));
  rows.push_back(plain_row("concat", concat));
  rows.push_back(plain_row("accumulate", accumulate));
  rows.push_back(plain_row("assign", assign));
  rows.push_back(plain_row("assign_at", assign_at));
}

}  // namespace strata::detail
