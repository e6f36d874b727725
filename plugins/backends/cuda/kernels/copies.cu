// Copies: to dense, behind each other, into a view, with conversion, and sums in place.
#include "kernels/convert.hpp"
#include "kernels/many.hpp"
#include "kernels/packs.hpp"
#include "kernels/rows.hpp"

namespace strata::cuda {
namespace {

// The same bits, whatever the type.
template <class Word>
struct WordsKernel {
  StridedLoop<2> walk;
  const Word* from;
  Word* to;
  STRATA_BOTH void operator()(std::int64_t i) const {
    std::int64_t at[2];
    walk.at(i, at);
    to[at[1]] = from[at[0]];
  }
};

template <class Word>
void copy_words(const StridedLoop<2>& walk, const View& from, const View& to, void* stream) {
  each(walk.count, stream, "copy", WordsKernel<Word>{walk, from.as<Word>(), to.as<Word>()});
}

// Neighbours along the last axis go as one word of up to 16 bytes: makes `walk` one over `factor` times fewer words.
bool widened_by(std::int64_t factor, const View& from, const View& to, StridedLoop<2>* walk) {
  const std::int64_t bytes = factor * static_cast<std::int64_t>(size_of(from.dtype));
  const auto whole = [&](const View& view) { return reinterpret_cast<std::uintptr_t>(view.data) % bytes == 0; };
  if (walk->rank == 0 || !whole(from) || !whole(to)) return false;
  StridedLoop<2> wide = *walk;
  const int last = wide.rank - 1;
  if (wide.shape[last] % factor != 0) return false;
  wide.shape[last] /= factor;
  wide.count /= factor;
  for (auto& strides : wide.strides) {
    if (strides[last] != 1) return false;
    for (int axis = 0; axis < last; ++axis) {
      if (strides[axis] % factor != 0) return false;
      strides[axis] /= factor;
    }
  }
  *walk = wide;
  return true;
}

struct alignas(16) Sixteen {
  std::uint64_t words[2];
};

void copy_same(const View& from, const View& to, void* stream) {
  StridedLoop<2> walk(to, {&from, &to});
  std::size_t bytes = size_of(from.dtype);
  for (std::size_t wide = 16; wide > size_of(from.dtype); wide /= 2) {
    if (!widened_by(static_cast<std::int64_t>(wide / size_of(from.dtype)), from, to, &walk)) continue;
    bytes = wide;
    break;
  }
  switch (bytes) {
    case 1: return copy_words<std::uint8_t>(walk, from, to, stream);
    case 2: return copy_words<std::uint16_t>(walk, from, to, stream);
    case 4: return copy_words<std::uint32_t>(walk, from, to, stream);
    case 8: return copy_words<std::uint64_t>(walk, from, to, stream);
    default: return copy_words<Sixteen>(walk, from, to, stream);
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

template <bool kAdds>
struct PackedConvertKernel {
  Packs<2> packs;
  STRATA_BOTH void operator()(std::int64_t pack) const {
    const auto place = packs.place(pack);
    Eight values = packs.read(0, place);
    if constexpr (kAdds) {
      const Eight there = packs.read(1, place);
      for (int k = 0; k < kEight; ++k) values.at[k] = there.at[k] + values.at[k];
    }
    packs.write(1, place, values);
  }
};

template <bool kAdds>
void converted(const View& x, const View& y, DType in, void* stream, const char* what) {
  const Packs<2> packs(y, {&x, &y});
  if (packs.fits()) return each(packs.packs(), stream, what, PackedConvertKernel<kAdds>{packs});
  convert<kAdds>(x, y, in, stream, what);
}

// outputs[0] += inputs[0]
void accumulate(const KernelCall& call) {
  converted<true>(call.inputs[0], call.outputs[0], call.outputs[0].dtype, call.stream, "accumulate");
}

void assign_one(const View& x, const View& y, void* stream) {
  if (x.dtype == y.dtype) return copy_same(x, y, stream);
  converted<false>(x, y, x.dtype, stream, "assign");
}

// The bytes of many tensors.
struct BytesKernel {
  Chunks<2> chunks;  // from, to
  template <class Team>
  STRATA_BOTH void operator()(std::int64_t chunk, Team& team) const {
    const auto piece = chunks.piece(chunk);
    const auto* const from = chunks.at<const unsigned char>(piece, 0);
    auto* const to = chunks.at<unsigned char>(piece, 1);
    constexpr auto kSize = static_cast<std::int64_t>(sizeof(Sixteen));
    const bool whole =
        reinterpret_cast<std::uintptr_t>(from) % kSize == 0 && reinterpret_cast<std::uintptr_t>(to) % kSize == 0;
    const std::int64_t words = whole ? piece.size / kSize : 0;
    for (std::int64_t j = team.rank(); j < words; j += team.size()) {
      reinterpret_cast<Sixteen*>(to)[j] = reinterpret_cast<const Sixteen*>(from)[j];
    }
    for (std::int64_t j = words * kSize + team.rank(); j < piece.size; j += team.size()) to[j] = from[j];
  }
};

View bytes_of(const View& view) {
  const std::int64_t bytes = view.numel() * static_cast<std::int64_t>(size_of(view.dtype));
  return dense_view(view.data, DType::u8, &bytes, 1);
}

// outputs[i] = inputs[i], converted. Dense ones of one type go together: what a replayed step is given is small.
void assign(const KernelCall& call) {
  const auto launch = [&](const Chunks<2>& chunks) {
    rows(chunks.count(), call.stream, "assign", BytesKernel{chunks});
  };
  Launches<2, decltype(launch)> together(launch);
  for (std::int32_t i = 0; i < call.output_count; ++i) {
    const View &x = call.inputs[i], &y = call.outputs[i];
    if (call.output_count == 1 || x.dtype != y.dtype || !x.contiguous() || !y.contiguous()) {
      assign_one(x, y, call.stream);
      continue;
    }
    const View from = bytes_of(x), to = bytes_of(y);
    together.add({&from, &to});
  }
  together.flush();
}

void cast(const KernelCall& call) {
  converted<false>(call.inputs[0], call.outputs[0], call.inputs[0].dtype, call.stream, "cast");
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
