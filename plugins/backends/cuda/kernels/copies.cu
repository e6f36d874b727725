// Copies: to dense, behind each other, into a view, with conversion, and sums in place.
#include "kernels/convert.hpp"
#include "kernels/rows.hpp"

namespace strata::cuda {
namespace {

// The same bits, whatever the type.
template <class Word>
struct WordsKernel {
  Walk<2> walk;
  const Word* from;
  Word* to;
  STRATA_BOTH void operator()(std::int64_t i) const {
    std::int64_t at[2];
    walk.at(i, at);
    to[at[1]] = from[at[0]];
  }
};

template <class Word>
void copy_words(const View& from, const View& to, void* stream) {
  const Walk<2> walk(to, {&from, &to});
  each(walk.count, stream, "copy", WordsKernel<Word>{walk, from.as<Word>(), to.as<Word>()});
}

void copy_same(const View& from, const View& to, void* stream) {
  switch (size_of(from.dtype)) {
    case 1: return copy_words<std::uint8_t>(from, to, stream);
    case 2: return copy_words<std::uint16_t>(from, to, stream);
    case 4: return copy_words<std::uint32_t>(from, to, stream);
    default: return copy_words<std::uint64_t>(from, to, stream);
  }
}

void copy(const KernelCall& call) { copy_same(call.inputs[0], call.outputs[0], call.stream); }

void concat(const KernelCall& call) {
  const auto axis = call.attributes.integer("axis");
  std::int64_t at = 0;
  for (std::int32_t i = 0; i < call.input_count; ++i) {
    View part = call.outputs[0];
    part.shape[axis] = call.inputs[i].shape[axis];
    part.data = part.as<std::uint8_t>() + static_cast<std::size_t>(at * part.strides[axis]) * size_of(part.dtype);
    copy_same(call.inputs[i], part, call.stream);
    at += part.shape[axis];
  }
}

// outputs[0] += inputs[0]
void accumulate(const KernelCall& call) {
  convert<true>(call.inputs[0], call.outputs[0], call.outputs[0].dtype, call.stream, "accumulate");
}

// outputs[0] = inputs[0], converted.
void assign(const KernelCall& call) {
  const View &x = call.inputs[0], &y = call.outputs[0];
  if (x.dtype == y.dtype) return copy_same(x, y, call.stream);
  convert(x, y, x.dtype, call.stream, "assign");
}

void cast(const KernelCall& call) {
  convert(call.inputs[0], call.outputs[0], call.inputs[0].dtype, call.stream, "cast");
}

}  // namespace

void add_copies(Rows& rows) {
  rows.push_back(row_of("copy", copy));
  rows.push_back(row_of("concat", concat));
  rows.push_back(row_of("accumulate", accumulate));
  rows.push_back(row_of("assign", assign));
  rows.push_back(row_of("cast", cast));
}

}  // namespace strata::cuda
