// Layer: declaration, naming and materialisation of parameters and buffers.
#include "strata/nn/layer.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <unordered_set>

#include "nn/parameter_prefix.hpp"
#include "strata/core/error.hpp"
#include "strata/core/philox.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/tensor/context.hpp"

namespace strata {
namespace {

// Word i of the parameter's own stream.
class Stream {
 public:
  explicit Stream(std::uint64_t key) : key_(key) {}

  std::uint32_t word() {
    if (used_ == 4) {
      block_ =
          philox4x32({{static_cast<std::uint32_t>(counter_), static_cast<std::uint32_t>(counter_ >> 32U), 0, 0}}, key_);
      ++counter_;
      used_ = 0;
    }
    return block_.word[used_++];
  }
  double uniform() { return static_cast<double>(philox_uniform(word())); }
  double normal() {
    const std::uint32_t a = word(), b = word();
    return static_cast<double>(philox_normal(a, b));
  }

 private:
  std::uint64_t key_, counter_ = 0;
  PhiloxBlock block_{};
  int used_ = 4;
};

// Rows of each square block made orthonormal by modified Gram-Schmidt; a matrix [k*n, n] is k such blocks.
void orthogonalise(std::vector<double>& values, std::int64_t rows, std::int64_t columns, double gain) {
  const std::int64_t block = std::min(rows, columns);
  for (std::int64_t first = 0; first < rows; first += block) {
    const std::int64_t last = std::min(rows, first + block);
    for (std::int64_t i = first; i < last; ++i) {
      double* row = values.data() + i * columns;
      for (std::int64_t j = first; j < i; ++j) {
        const double* other = values.data() + j * columns;
        double dot = 0;
        for (std::int64_t c = 0; c < columns; ++c) dot += row[c] * other[c];
        for (std::int64_t c = 0; c < columns; ++c) row[c] -= dot * other[c];
      }
      double norm = 0;
      for (std::int64_t c = 0; c < columns; ++c) norm += row[c] * row[c];
      norm = std::sqrt(norm);
      for (std::int64_t c = 0; c < columns; ++c) row[c] /= norm;
    }
  }
  for (double& value : values) value *= gain;
}

// Draws the initial values into dense host memory, in its own type: only an orthogonal matrix is drawn in double first.
template <class T>
void draw(const ParameterState& state, std::uint64_t key, T* values) {
  Stream stream(key);
  const std::int64_t count = state.shape.numel();
  const double value = state.init.value;
  switch (state.init.kind) {
    case Init::Kind::constant: std::fill_n(values, count, static_cast<T>(value)); break;
    case Init::Kind::uniform:
      for (std::int64_t i = 0; i < count; ++i) values[i] = static_cast<T>((2 * stream.uniform() - 1) * value);
      break;
    case Init::Kind::normal:
      for (std::int64_t i = 0; i < count; ++i) values[i] = static_cast<T>(stream.normal() * value);
      break;
    case Init::Kind::orthogonal: {
      std::vector<double> drawn(static_cast<std::size_t>(count));
      for (double& one : drawn) one = stream.normal();
      orthogonalise(drawn, state.shape[0], count / std::max<std::int64_t>(1, state.shape[0]), value);
      std::transform(drawn.begin(), drawn.end(), values, [](double one) { return static_cast<T>(one); });
      break;
    }
  }
  if (state.init.zero_row >= 0 && state.init.zero_row < state.shape[0]) {
    const std::int64_t width = count / state.shape[0];
    std::fill_n(values + state.init.zero_row * width, width, T{0});
  }
}

// The values of a parameter on the device of the context: those that `given` has, or else drawn ones.
Tensor values_of(const NamedParameter& one, std::uint64_t key, DType dtype, ValueSource* given) {
  const ParameterState& state = one.parameter.state();
  const std::shared_ptr<Device> device = context().device;
  const bool host = device == nullptr || device->host_accessible();
  Tensor values = Tensor::empty(state.shape, dtype, host ? device : cpu_device());
  const auto draw_all = [&] {
    if (dtype == DType::f64) {
      draw(state, key, values.data<double>());
    } else {
      draw(state, key, values.data<float>());
    }
  };
  if (given == nullptr || !given->fill(one, values, draw_all)) draw_all();
  if (host) return values;
  return Tensor::from_bytes(values.view().data, static_cast<std::size_t>(values.numel()), state.shape, dtype, device);
}

std::string joined(const std::string& prefix, const std::string& name) {
  return prefix.empty() ? name : prefix + "." + name;
}

}  // namespace

Layer::~Layer() = default;
ValueSource::~ValueSource() = default;

Parameter Layer::parameter(std::string name, const Shape& shape, const Init& init) {
  const ParameterKind kind = default_kind(name, shape);
  return parameter(std::move(name), shape, init, kind);
}

Parameter Layer::parameter(std::string name, const Shape& shape, const Init& init, ParameterKind kind) {
  if (kind == ParameterKind::buffer) {
    throw Error("E_MODEL_PARAMETER", name, "is declared as a parameter of the kind of buffers", "call buffer()");
  }
  Parameter made(std::make_shared<ParameterState>(
      ParameterState{.name = name, .shape = shape, .init = init, .value = {}, .kind = kind}));
  share(std::move(name), made);
  return made;
}

Buffer Layer::buffer(std::string name, const Shape& shape, const Init& init) {
  Parameter made(std::make_shared<ParameterState>(ParameterState{
      .name = name, .shape = shape, .init = init, .value = {}, .kind = ParameterKind::buffer, .trainable = false}));
  share(std::move(name), made);
  return Buffer(std::move(made));
}

void Layer::share(std::string name, const Parameter& parameter) {
  parameters_.emplace_back(std::move(name), parameter);
}

void Layer::child(std::string name, Layer& layer) { children_.emplace_back(std::move(name), &layer); }

void Layer::child(std::string name, std::shared_ptr<Layer> layer) {
  child(std::move(name), *layer);
  kept_.push_back(std::move(layer));
}

void Layer::collect(const std::string& prefix, std::vector<NamedParameter>& out) const {
  for (const auto& [name, parameter] : parameters_) out.push_back({joined(prefix, name), parameter});
  for (const auto& [name, layer] : children_) layer->collect(joined(prefix, name), out);
}

std::vector<NamedParameter> Layer::unique(bool buffers) const {
  std::vector<NamedParameter> all, unique;
  collect("", all);
  std::unordered_set<const ParameterState*> seen;
  for (NamedParameter& one : all) {
    if ((one.parameter.kind() == ParameterKind::buffer) != buffers) continue;
    if (seen.insert(&one.parameter.state()).second) unique.push_back(std::move(one));
  }
  return unique;
}

std::vector<NamedParameter> Layer::parameters() const { return unique(false); }

std::vector<NamedParameter> Layer::buffers() const { return unique(true); }

std::vector<NamedParameter> Layer::saved() const {
  std::vector<NamedParameter> all = parameters(), more = buffers();
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  return all;
}

std::vector<NamedParameter> Layer::parameters(std::string_view prefix) const {
  std::vector<NamedParameter> named, found;
  collect("", named);
  std::unordered_set<const ParameterState*> within;
  std::vector<std::string> names;
  for (const NamedParameter& one : named) {
    if (one.parameter.kind() == ParameterKind::buffer) continue;
    names.push_back(one.name);
    if (detail::has_prefix(one.name, prefix)) within.insert(&one.parameter.state());
  }
  for (NamedParameter& one : parameters()) {
    if (within.count(&one.parameter.state()) != 0) found.push_back(std::move(one));
  }
  if (found.empty()) detail::fail_prefix(prefix, names);
  return found;
}

std::vector<std::string> Layer::children() const {
  std::vector<std::string> names;
  for (const auto& one : children_) names.push_back(one.first);
  return names;
}

void Layer::set_trainable(std::string_view prefix, bool on) {
  for (const NamedParameter& one : parameters(prefix)) one.parameter.set_trainable(on);
}

void Layer::name_below(const std::string& prefix, std::uint64_t seed) {
  path_ = prefix;
  key_ = hash64(seed, prefix);
  for (const auto& [name, layer] : children_) layer->name_below(joined(prefix, name), seed);
}

void Layer::materialise(std::uint64_t seed, DType dtype, ValueSource* given) {
  name_below("", seed);
  for (const NamedParameter& one : saved()) {
    ParameterState& state = one.parameter.state();
    state.value = values_of(one, hash64(seed, one.name), dtype == DType::f64 ? DType::f64 : DType::f32, given);
    if (state.trainable) state.value.require_grad();
    state.value.set_constant(state.kind != ParameterKind::buffer);
  }
}

Tensor as_compute(const Tensor& x) {
  const DType compute = context().compute;
  return x.dtype() == DType::f32 && compute != DType::f32 && compute != DType::f64 ? cast(x, compute) : x;
}

}  // namespace strata
