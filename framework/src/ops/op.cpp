// The op table, attributes of a call, and the rules that infer functions share.
#include "strata/ops/op.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>

#include "ops/families.hpp"

namespace strata {
namespace {

struct Table {
  std::mutex mutex;
  std::deque<std::string> names;  // of what was added
  std::deque<Op> added;
  std::map<std::string_view, const Op*> index;

  Table() {
    for (auto* family :
         {&detail::elementwise_ops, &detail::matmul_ops,        &detail::reduce_ops,      &detail::shape_ops,
          &detail::index_ops,       &detail::random_ops,        &detail::linear_ops,      &detail::linears_ops,
          &detail::quantized_ops,   &detail::softmax_ops,       &detail::activation_ops,  &detail::rotary_ops,
          &detail::top_logits_ops,  &detail::normalisation_ops, &detail::recurrent_ops,   &detail::attention_ops,
          &detail::update_ops,      &detail::update_scale_ops,  &detail::mean_update_ops, &detail::position_ops}) {
      for (const Op* op : family()) index.emplace(op->name, op);
    }
  }
};

Table& table() {
  static auto* instance = new Table;
  return *instance;
}

}  // namespace

const Op& add_op(const Op& row) {
  Table& t = table();
  const std::lock_guard lock(t.mutex);
  if (t.index.contains(row.name))
    throw Error("E_INTERNAL", "[" + std::string(row.name) + "]", "an op of this name exists");
  Op& kept = t.added.emplace_back(row);
  kept.name = t.names.emplace_back(row.name).c_str();
  t.index.emplace(kept.name, &kept);
  return kept;
}

const Op* find_op(std::string_view name) {
  Table& t = table();
  const std::lock_guard lock(t.mutex);
  const auto found = t.index.find(name);
  return found == t.index.end() ? nullptr : found->second;
}

std::vector<const Op*> all_ops() {
  Table& t = table();
  const std::lock_guard lock(t.mutex);
  std::vector<const Op*> ops;
  for (const auto& [name, op] : t.index) ops.push_back(op);
  return ops;
}

OpAttributes& OpAttributes::operator=(const OpAttributes& other) {
  if (this == &other) return *this;
  items_ = other.items_;
  lists_ = other.lists_;
  count_ = other.count_;
  list_count_ = other.list_count_;
  for (std::int32_t i = 0; i < count_; ++i) {  // lists live in this object
    Attribute& item = items_[static_cast<std::size_t>(i)];
    if (item.list != nullptr) item.list = lists_[static_cast<std::size_t>(item.integer)].begin();
  }
  return *this;
}

Attribute& OpAttributes::append(const char* name) {
  if (count_ == kCapacity) throw Error("E_INTERNAL", name, "more than 12 attributes");
  Attribute& item = items_[static_cast<std::size_t>(count_++)];
  item = {name, 0, 0, nullptr, 0};
  return item;
}

OpAttributes& OpAttributes::integer(const char* name, std::int64_t value) {
  Attribute& item = append(name);
  item.integer = value;
  item.number = static_cast<double>(value);
  return *this;
}

OpAttributes& OpAttributes::number(const char* name, double value) {
  append(name).number = value;
  return *this;
}

OpAttributes& OpAttributes::list(const char* name, const Shape& value) {
  if (list_count_ == kLists) throw Error("E_INTERNAL", name, "more than 3 lists of attributes");
  Attribute& item = append(name);
  lists_[static_cast<std::size_t>(list_count_)] = value;
  item.integer = list_count_;
  item.list = lists_[static_cast<std::size_t>(list_count_)].begin();
  item.list_size = value.rank();
  ++list_count_;
  return *this;
}

const Attribute& OpAttributes::require(const char* name) const {
  const Attribute* found = view().find(name);
  if (found == nullptr) throw Error("E_INTERNAL", name, "an attribute that was not given");
  return *found;
}

Shape OpAttributes::list(const char* name) const {
  const Attribute& item = require(name);
  return Shape(std::span(item.list, static_cast<std::size_t>(item.list_size)));
}

bool OpAttributes::operator==(const OpAttributes& other) const {
  if (count_ != other.count_) return false;
  for (std::int32_t i = 0; i < count_; ++i) {
    const Attribute &a = items_[static_cast<std::size_t>(i)], &b = other.items_[static_cast<std::size_t>(i)];
    const bool same_list = a.list_size == b.list_size && std::equal(a.list, a.list + a.list_size, b.list);
    if (std::strcmp(a.name, b.name) != 0 || a.integer != b.integer || a.number != b.number || !same_list) return false;
  }
  return true;
}

TensorSpec spec_of(DType dtype, const Shape& shape) {
  TensorSpec spec{};
  spec.dtype = dtype;
  spec.rank = shape.rank();
  std::copy(shape.begin(), shape.end(), spec.shape);
  return spec;
}

std::string describe(const Tensor& tensor) {
  return tensor.defined() ? std::string(name_of(tensor.dtype())) + tensor.shape().str() : "undefined";
}

DType promote(const char* op, DType a, DType b) {
  if (a == b) return a;
  if (is_floating(a) != is_floating(b)) {
    throw Error("E_DTYPE", "[" + std::string(op) + "]", std::string(name_of(a)) + " with " + name_of(b),
                "cast one of them");
  }
  if (is_floating(a)) return a == DType::f64 || b == DType::f64 ? DType::f64 : DType::f32;
  return size_of(a) >= size_of(b) ? a : b;
}

}  // namespace strata
