// Elementwise work in packs of eight: operands whose last axis is dense or one repeated number, in f32, f16, bf16 or
// bool, each of its own. What does not fit goes element by element (walk.hpp).
#pragma once

#include "kernels/pack.hpp"
#include "kernels/walk.hpp"

namespace strata::cuda {

constexpr int kEight = 8;
using Eight = Values<float, kEight>;

inline bool packs_dtype(DType dtype) {
  return dtype == DType::f32 || dtype == DType::f16 || dtype == DType::bf16 || dtype == DType::boolean;
}

STRATA_BOTH inline Eight load_eight(const Elements& x, std::int64_t at) {
  switch (x.dtype) {
    case DType::f16: return load<kEight>(static_cast<const Float16*>(x.data) + at);
    case DType::bf16: return load<kEight>(static_cast<const BFloat16*>(x.data) + at);
    case DType::boolean: return load<kEight>(static_cast<const Byte*>(x.data) + at);
    default: return load<kEight>(static_cast<const float*>(x.data) + at);
  }
}
STRATA_BOTH inline void store_eight(const Elements& y, std::int64_t at, const Eight& values) {
  switch (y.dtype) {
    case DType::f16: return store<kEight>(static_cast<Float16*>(y.data) + at, values);
    case DType::bf16: return store<kEight>(static_cast<BFloat16*>(y.data) + at, values);
    case DType::boolean: return store<kEight>(static_cast<Byte*>(y.data) + at, values);
    default: store<kEight>(static_cast<float*>(y.data) + at, values);
  }
}

// Operands of one shape, walked through in packs; only the last pack of a single dense axis may have fewer elements.
template <int N>
class Packs {
 public:
  Packs(const View& over, const View* const (&operands)[N]) : walk_(over, operands), count_(walk_.count) {
    fits_ = walk_.rank > 0 && (walk_.rank == 1 || walk_.shape[walk_.rank - 1] % kEight == 0);
    if (!fits_) return;
    const int last = walk_.rank - 1;
    walk_.shape[last] = (walk_.shape[last] + kEight - 1) / kEight;
    for (int k = 0; k < N; ++k) {
      elements_[k] = elements_of(*operands[k]);
      const std::int64_t along = walk_.strides[k][last];
      repeats_[k] = along == 0;
      fits_ = fits_ && packs_dtype(operands[k]->dtype) && (along == 0 || (along == 1 && is_aligned(k)));
      walk_.strides[k][last] = along * kEight;
    }
    fits_ = fits_ && !repeats_[N - 1];  // the result
  }
  bool fits() const { return fits_; }
  std::int64_t packs() const { return (count_ + kEight - 1) / kEight; }

  struct Place {
    std::int64_t at[N];
    std::int32_t size;  // kEight, or fewer
  };
  STRATA_BOTH Place place(std::int64_t pack) const {
    Place place;
    walk_.at(pack, place.at);
    const std::int64_t rest = count_ - pack * kEight;
    place.size = rest < kEight ? static_cast<std::int32_t>(rest) : kEight;
    return place;
  }
  // Of operand k; what is behind the last element is never written.
  STRATA_BOTH Eight read(int k, const Place& place) const {
    Eight values{};
    if (repeats_[k]) {
      const float value = elements_[k].template load<float>(place.at[k]);
      for (float& each : values.at) each = value;
      return values;
    }
    if (place.size == kEight) return load_eight(elements_[k], place.at[k]);
    for (int i = 0; i < kEight; ++i) {  // a fixed count: the values stay in registers
      if (i < place.size) values.at[i] = elements_[k].template load<float>(place.at[k] + i);
    }
    return values;
  }
  STRATA_BOTH void write(int k, const Place& place, const Eight& values) const {
    if (place.size == kEight) return store_eight(elements_[k], place.at[k], values);
    for (int i = 0; i < kEight; ++i) {
      if (i < place.size) elements_[k].store(place.at[k] + i, values.at[i]);
    }
  }

 private:
  // Every pack of operand k starts where it can be read as one.
  bool is_aligned(int k) const {
    const std::size_t size = size_of(elements_[k].dtype), whole = smaller(kEight * size, kPackBytes);
    bool is = reinterpret_cast<std::uintptr_t>(elements_[k].data) % whole == 0;
    for (int axis = 0; axis + 1 < walk_.rank; ++axis) {
      is = is && static_cast<std::size_t>(walk_.strides[k][axis]) * size % whole == 0;
    }
    return is;
  }

  StridedLoop<N> walk_;  // over packs
  std::int64_t count_;
  Elements elements_[N] = {};
  bool repeats_[N] = {};  // along the last axis
  bool fits_;
};

}  // namespace strata::cuda
