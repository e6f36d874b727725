// Programs (strata/device/program.hpp): a composition of elementwise ops in one pass over memory, whoever wrote it.
// A thread takes a pack of elements through all steps, in f32 or f64; what is stored is rounded once.
#include "strata/device/program.hpp"

#include "kernels/activations.hpp"
#include "kernels/functions.hpp"
#include "kernels/packs.hpp"
#include "kernels/rows.hpp"
#include "strata/core/error.hpp"

namespace strata::cuda {
namespace {

// How the elements of a pack lie in an operand.
enum class Along : std::int32_t {
  packed,    // side by side, and aligned
  repeated,  // all are one element
  single,    // each is looked up
};

struct Operand {
  Elements elements;
  Axes axes;  // over the shape of the outputs
  Along along;
};

// Operand of a shape that is broadcast to that of `over`; packs of N.
template <int N>
Operand operand_of(const View& view, const View& over) {
  Operand operand{elements_of(view), {}, Along::single};
  Axes& axes = operand.axes;
  for (int axis = 0; axis < over.rank; ++axis) {
    const std::int64_t extent = over.shape[axis];
    const int from = axis - (over.rank - view.rank);
    axes.add(extent, from >= 0 && view.shape[from] == extent ? view.strides[from] : 0);
  }
  if (axes.count > 1 && axes.extent[axes.count - 1] % N != 0) return operand;  // packs would go round a corner
  const std::int64_t along = axes.count > 0 ? axes.stride[axes.count - 1] : 0;
  if (along == 0) operand.along = Along::repeated;
  if (along != 1 || N == 1 || !packs_dtype(view.dtype)) return operand;
  const std::size_t size = size_of(view.dtype), whole = smaller(N * size, kPackBytes);
  bool aligned = reinterpret_cast<std::uintptr_t>(view.data) % whole == 0;
  for (int axis = 0; axis + 1 < axes.count; ++axis) {
    aligned = aligned && static_cast<std::size_t>(axes.stride[axis]) * size % whole == 0;
  }
  if (aligned) operand.along = Along::packed;
  return operand;
}

template <class C, int N>
struct alignas(sizeof(C) * N) Register {
  C at[N];
};

// Kernel i computes the elements from i * N on.
template <class C, int N>
struct ProgramKernel {
  using Register = cuda::Register<C, N>;

  std::int64_t count;  // of elements
  std::int32_t step_count;
  Instruction steps[kProgramSteps];
  C constants[kProgramConstants];
  Operand operands[kProgramOperands];  // inputs, then outputs from `outputs` on
  std::int32_t outputs;

  STRATA_BOTH void operator()(std::int64_t pack) const {
    const std::int64_t first = pack * N, rest = count - first;
    const int size = rest < N ? static_cast<int>(rest) : N;
    Register r[kProgramRegisters];  // each is written before it is read
    for (std::int32_t s = 0; s < step_count; ++s) {
      const Instruction i = steps[s];
      switch (i.step) {
        case Step::load: r[i.to] = load(operands[i.a], first, size); break;
        case Step::store: store(operands[outputs + i.b], first, size, r[i.a]); break;
        case Step::constant: r[i.to] = all(constants[i.a]); break;
        case Step::affine: r[i.to] = affine(r[i.a], constants[i.b], constants[i.c]); break;
        case Step::add: r[i.to] = of(Plus{}, r[i.a], r[i.b]); break;
        case Step::sub: r[i.to] = of(Sub{}, r[i.a], r[i.b]); break;
        case Step::mul: r[i.to] = of(Mul{}, r[i.a], r[i.b]); break;
        case Step::div: r[i.to] = of(Div{}, r[i.a], r[i.b]); break;
        case Step::maximum: r[i.to] = of(Maximum{}, r[i.a], r[i.b]); break;
        case Step::minimum: r[i.to] = of(Minimum{}, r[i.a], r[i.b]); break;
        case Step::neg: r[i.to] = of(Neg{}, r[i.a]); break;
        case Step::abs: r[i.to] = of(Abs{}, r[i.a]); break;
        case Step::exp: r[i.to] = of(Exp{}, r[i.a]); break;
        case Step::log: r[i.to] = of(Log{}, r[i.a]); break;
        case Step::sqrt: r[i.to] = of(Sqrt{}, r[i.a]); break;
        case Step::erf: r[i.to] = of(Erf{}, r[i.a]); break;
        case Step::sin: r[i.to] = of(Sin{}, r[i.a]); break;
        case Step::cos: r[i.to] = of(Cos{}, r[i.a]); break;
        case Step::tanh: r[i.to] = of(Tanh{}, r[i.a]); break;
        case Step::sigmoid: r[i.to] = of(Sigmoid{}, r[i.a]); break;
        case Step::relu: r[i.to] = of(Relu{}, r[i.a]); break;
        case Step::gelu: r[i.to] = of(Gelu{}, r[i.a]); break;
        case Step::round: r[i.to] = of(Round{}, r[i.a]); break;
        case Step::equal: r[i.to] = of(Equal{}, r[i.a], r[i.b]); break;
        case Step::less: r[i.to] = of(Less{}, r[i.a], r[i.b]); break;
        case Step::less_equal: r[i.to] = of(LessEqual{}, r[i.a], r[i.b]); break;
        case Step::logical_and: r[i.to] = of(And{}, r[i.a], r[i.b]); break;
        case Step::logical_not: r[i.to] = of(Not{}, r[i.a]); break;
        case Step::where: r[i.to] = where(r[i.a], r[i.b], r[i.c]); break;
        case Step::narrow: r[i.to] = narrowed(r[i.a], static_cast<DType>(i.b)); break;
        case Step::tanh_gradient: r[i.to] = gradient<Tanh>(r[i.a], r[i.b]); break;
        case Step::sigmoid_gradient: r[i.to] = gradient<Sigmoid>(r[i.a], r[i.b]); break;
        case Step::relu_gradient: r[i.to] = gradient<Relu>(r[i.a], r[i.b]); break;
        case Step::gelu_gradient: r[i.to] = gradient<Gelu>(r[i.a], r[i.b]); break;
      }
    }
  }

 private:
  STRATA_BOTH static Register all(C value) {
    Register y;
    for (C& one : y.at) one = value;
    return y;
  }
  template <class F>
  STRATA_BOTH static Register of(const F& f, const Register& a) {
    Register y;
    for (int k = 0; k < N; ++k) y.at[k] = static_cast<C>(f(a.at[k]));
    return y;
  }
  template <class F>
  STRATA_BOTH static Register of(const F& f, const Register& a, const Register& b) {
    Register y;
    for (int k = 0; k < N; ++k) y.at[k] = static_cast<C>(f(a.at[k], b.at[k]));
    return y;
  }
  template <class F>
  STRATA_BOTH static Register gradient(const Register& kept, const Register& g) {
    Register y;
    for (int k = 0; k < N; ++k) y.at[k] = F{}.gradient(kept.at[k], g.at[k]);
    return y;
  }
  STRATA_BOTH static Register affine(const Register& a, C scale, C shift) {
    Register y;
    for (int k = 0; k < N; ++k) y.at[k] = scale * a.at[k] + shift;
    return y;
  }
  STRATA_BOTH static Register where(const Register& condition, const Register& a, const Register& b) {
    Register y;
    for (int k = 0; k < N; ++k) y.at[k] = condition.at[k] != C{0} ? a.at[k] : b.at[k];
    return y;
  }
  STRATA_BOTH static Register narrowed(const Register& a, DType to) {
    Register y;
    for (int k = 0; k < N; ++k) {
      const auto value = static_cast<float>(a.at[k]);
      y.at[k] = static_cast<C>(to == DType::f16    ? from_f16(to_f16(value))
                               : to == DType::bf16 ? from_bf16(to_bf16(value))
                                                   : value);
    }
    return y;
  }

  STRATA_BOTH static Register load(const Operand& x, std::int64_t first, int size) {
    if (x.along == Along::repeated) return all(x.elements.template load<C>(x.axes.at(first)));
    if constexpr (N > 1) {
      if (x.along == Along::packed && size == N) return load_pack(x.elements, x.axes.at(first));
    }
    Register y = all(C{0});
    for (int k = 0; k < N; ++k) {
      if (k < size) y.at[k] = x.elements.template load<C>(x.axes.at(first + k));
    }
    return y;
  }
  STRATA_BOTH static void store(const Operand& y, std::int64_t first, int size, const Register& values) {
    if constexpr (N > 1) {
      if (y.along == Along::packed && size == N) return store_pack(y.elements, y.axes.at(first), values);
    }
    for (int k = 0; k < N; ++k) {
      if (k < size) y.elements.store(y.axes.at(first + k), values.at[k]);
    }
  }
  STRATA_BOTH static Register load_pack(const Elements& x, std::int64_t at) {
    switch (x.dtype) {
      case DType::f16: return as_register(cuda::load<N>(static_cast<const Float16*>(x.data) + at));
      case DType::bf16: return as_register(cuda::load<N>(static_cast<const BFloat16*>(x.data) + at));
      case DType::boolean: return as_register(cuda::load<N>(static_cast<const Byte*>(x.data) + at));
      default: return as_register(cuda::load<N>(static_cast<const float*>(x.data) + at));
    }
  }
  STRATA_BOTH static void store_pack(const Elements& y, std::int64_t at, const Register& from) {
    Values<float, N> values;
    for (int k = 0; k < N; ++k) values.at[k] = static_cast<float>(from.at[k]);
    switch (y.dtype) {
      case DType::f16: return cuda::store<N>(static_cast<Float16*>(y.data) + at, values);
      case DType::bf16: return cuda::store<N>(static_cast<BFloat16*>(y.data) + at, values);
      case DType::boolean: return cuda::store<N>(static_cast<Byte*>(y.data) + at, values);
      default: cuda::store<N>(static_cast<float*>(y.data) + at, values);
    }
  }
  STRATA_BOTH static Register as_register(const Values<float, N>& values) {
    Register y;
    for (int k = 0; k < N; ++k) y.at[k] = static_cast<C>(values.at[k]);
    return y;
  }
};

template <class C, int N>
void run(const KernelCall& call, const Program& program) {
  using Kernel = ProgramKernel<C, N>;
  static_assert(sizeof(Kernel) + sizeof(std::int64_t) <= 4096, "the arguments of a kernel");
  if (call.input_count + call.output_count > kProgramOperands) {
    throw Error("E_INTERNAL", "cuda", "a program of more operands than there is room for");
  }
  const View& over = call.outputs[0];
  Kernel kernel{};
  kernel.count = over.numel();
  kernel.step_count = program.step_count;
  kernel.outputs = call.input_count;
  for (int s = 0; s < program.step_count; ++s) kernel.steps[s] = program.steps[s];
  for (int k = 0; k < program.constant_count; ++k) kernel.constants[k] = static_cast<C>(program.constants[k]);
  for (int k = 0; k < call.input_count + call.output_count; ++k) {
    const View& view = k < call.input_count ? call.inputs[k] : call.outputs[k - call.input_count];
    if (view.present()) kernel.operands[k] = operand_of<N>(view, over);
  }
  each((kernel.count + N - 1) / N, call.stream, "fused", kernel);
}

void run_program(const KernelCall& call) {
  const Program program = program_of(call.attributes);
  if (program.computes == DType::f64) return run<double, 1>(call, program);
  run<float, 4>(call, program);
}

}  // namespace

void add_program(Rows& rows) {
  KernelRow row = row_of(kProgramOp, run_program);
  row.provider = "fused";
  rows.push_back(row);
}

}  // namespace strata::cuda
