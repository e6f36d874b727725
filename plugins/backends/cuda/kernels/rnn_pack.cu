#include "kernels/rnn_pack.hpp"

#include "kernels/convert.hpp"
#include "kernels/typed.hpp"

namespace strata::cuda {
namespace {

// Where element i of a dense [T,B,W] stands in a [B,T,W] of these strides.
struct TimeMajor {
  std::int64_t batch, time, width, batch_stride, time_stride, stride;
  bool reverse;
  STRATA_BOTH std::int64_t at(std::int64_t i) const {
    const auto [row, j] = in_rows(i, width);
    const auto [t, b] = in_rows(row, batch);
    return b * batch_stride + (reverse ? time - 1 - t : t) * time_stride + j * stride;
  }
};
TimeMajor time_major_of(const View& x, bool reverse) {
  return {x.shape[0], x.shape[1], x.shape[2], x.strides[0], x.strides[1], x.strides[2], reverse};
}

template <class T>
struct ToTimeMajor {
  TimeMajor map;
  const T* from;
  T* to;
  STRATA_BOTH void operator()(std::int64_t i) const { to[i] = from[map.at(i)]; }
};
template <class T>
struct FromTimeMajor {
  TimeMajor map;
  const T* from;
  T* to;
  bool adds;
  STRATA_BOTH void operator()(std::int64_t i) const {
    T& there = to[map.at(i)];
    there = adds ? narrowed<T>(widened(there) + widened(from[i])) : from[i];
  }
};

// Element i of a weight, gate after gate, and its place in the space.
struct GateMap {
  std::int64_t block;
  std::int64_t places[4];
  STRATA_BOTH std::int64_t at(std::int64_t i) const {
    const auto [gate, rest] = in_rows(i, block);
    return places[gate] + rest;
  }
};
GateMap gate_map(const GateSpace& space, std::int64_t block) {
  return {block, {space.places[0], space.places[1], space.places[2], space.places[3]}};
}

struct PackGates {
  GateMap map;
  Elements weight, space;  // data of weight may be null
  Axes axes;
  STRATA_BOTH void operator()(std::int64_t i) const {
    space.store(map.at(i), weight.data != nullptr ? weight.load<float>(axes.at(i)) : 0.0F);
  }
};
struct UnpackGates {
  GateMap map;
  Elements space, weight;
  bool adds;
  STRATA_BOTH void operator()(std::int64_t i) const {
    const float value = space.load<float>(map.at(i));
    weight.store(i, adds ? weight.load<float>(i) + value : value);
  }
};

struct Clear {
  Elements to;
  STRATA_BOTH void operator()(std::int64_t i) const { to.store(i, 0.0F); }
};

}  // namespace

void to_time_major(const View& x, void* to, bool reverse, void* stream) {
  with_floating(x.dtype, [&](auto t) {
    using T = decltype(t);
    each(x.numel(), stream, "rnn", ToTimeMajor<T>{time_major_of(x, reverse), x.as<T>(), static_cast<T*>(to)});
  });
}

void from_time_major(const void* from, const View& y, bool reverse, bool adds, void* stream) {
  with_floating(y.dtype, [&](auto t) {
    using T = decltype(t);
    each(y.numel(), stream, "rnn",
         FromTimeMajor<T>{time_major_of(y, reverse), static_cast<const T*>(from), y.as<T>(), adds});
  });
}

void pack_gates(const View& weight, std::int64_t block, const GateSpace& space, void* stream) {
  const bool given = weight.present();
  each(block * space.gates, stream, "rnn",
       PackGates{gate_map(space, block),
                 given ? elements_of(weight) : Elements{},
                 {space.data, space.dtype},
                 given ? axes_of(weight) : Axes{}});
}

void unpack_gates(const GateSpace& space, const View& weight, bool adds, void* stream) {
  each(
      weight.numel(), stream, "rnn",
      UnpackGates{gate_map(space, weight.numel() / space.gates), {space.data, space.dtype}, elements_of(weight), adds});
}

void pack(const View& from, void* to, DType dtype, void* stream) {
  convert(from, dense_view(to, dtype, from.shape, from.rank), DType::f32, stream, "rnn");
}
void unpack(const void* from, DType dtype, const View& to, void* stream) {
  convert(dense_view(const_cast<void*>(from), dtype, to.shape, to.rank), to, DType::f32, stream, "rnn");
}

void clear(void* to, DType dtype, std::int64_t count, void* stream) { each(count, stream, "rnn", Clear{{to, dtype}}); }

}  // namespace strata::cuda
