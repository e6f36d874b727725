// Functions of elements, in the type that they are computed in. A NaN stays one. Those with a gradient of their own are
// in activations.hpp.
#pragma once

#include "kernels/element.hpp"

namespace strata::cuda {

struct Sub {
  template <class T>
  STRATA_BOTH T operator()(T a, T b) const {
    return a - b;
  }
};
struct Mul {
  template <class T>
  STRATA_BOTH T operator()(T a, T b) const {
    return a * b;
  }
};
struct Div {
  template <class T>
  STRATA_BOTH T operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>) return b == 0 ? T{0} : a / b;
    return a / b;
  }
};
struct Maximum {
  template <class T>
  STRATA_BOTH T operator()(T a, T b) const {
    return b <= a || is_nan(a) ? a : b;
  }
};
struct Minimum {
  template <class T>
  STRATA_BOTH T operator()(T a, T b) const {
    return a <= b || is_nan(a) ? a : b;
  }
};
struct Equal {
  template <class T>
  STRATA_BOTH std::int64_t operator()(T a, T b) const {
    return a == b;
  }
};
struct Less {
  template <class T>
  STRATA_BOTH std::int64_t operator()(T a, T b) const {
    return a < b;
  }
};
struct LessEqual {
  template <class T>
  STRATA_BOTH std::int64_t operator()(T a, T b) const {
    return a <= b;
  }
};
struct And {
  template <class T>
  STRATA_BOTH std::int64_t operator()(T a, T b) const {
    return a != T{0} && b != T{0};
  }
};
struct Not {
  template <class T>
  STRATA_BOTH std::int64_t operator()(T a) const {
    return a == T{0};
  }
};
struct Neg {
  template <class T>
  STRATA_BOTH T operator()(T x) const {
    return -x;
  }
};
struct Abs {
  template <class T>
  STRATA_BOTH T operator()(T x) const {
    return x < T{0} ? -x : x;
  }
};
struct Exp {
  template <class T>
  STRATA_BOTH T operator()(T x) const {
    return exp(x);
  }
};
struct Log {
  template <class T>
  STRATA_BOTH T operator()(T x) const {
    return log(x);
  }
};
struct Sqrt {
  template <class T>
  STRATA_BOTH T operator()(T x) const {
    return sqrt(x);
  }
};
struct Erf {
  template <class T>
  STRATA_BOTH T operator()(T x) const {
    return erf(x);
  }
};
struct Sin {
  template <class T>
  STRATA_BOTH T operator()(T x) const {
    return sin(x);
  }
};
struct Cos {
  template <class T>
  STRATA_BOTH T operator()(T x) const {
    return cos(x);
  }
};
struct Round {
  template <class T>
  STRATA_BOTH T operator()(T x) const {
    return nearbyint(x);
  }
};

}  // namespace strata::cuda
