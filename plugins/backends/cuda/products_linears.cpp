// linears: y[i] = x W[i]^T + bias[i], several of one x. None of them fills a large card alone, so in a recorded step
// they run beside each other; x is split once where they are worth it together (split.hpp).
#include <algorithm>
#include <vector>

#include "beside.hpp"
#include "branch.hpp"
#include "kernels/dense.hpp"
#include "kernels/epilogue.hpp"
#include "kernels/fill.hpp"
#include "kernels/rows.hpp"
#include "operands.hpp"
#include "split.hpp"

namespace strata::cuda {
namespace {

constexpr std::int32_t kMost = 16;  // linears of a call

// inputs: x, then weight and bias of each.
constexpr int kX = 0;
constexpr int weight_at(int i) { return 2 * i + 1; }
constexpr int bias_at(int i) { return 2 * i + 2; }
constexpr std::uint64_t weights_read() {
  std::uint64_t bits = 1U << kX;
  for (int i = 0; i < kMost; ++i) bits |= std::uint64_t{1} << weight_at(i);
  return bits;
}

bool supports(const KernelCall& call) {
  if (call.output_count > kMost) return false;
  for (int i = 0; i < call.output_count; ++i) {
    if (!linear_fits(call.inputs[kX], call.inputs[weight_at(i)], call.outputs[i])) return false;
  }
  return true;
}

// As one product of all widths, which is what running beside each other comes to.
bool supports_split(const KernelCall& call) {
  const View& x = call.inputs[kX];
  std::int64_t columns = 0;
  for (int i = 0; i < call.output_count; ++i) {
    columns += call.outputs[i].size(-1);
    if (call.inputs[weight_at(i)].dtype != DType::f32) return false;
  }
  return supports(call) && x.dtype == DType::f32 &&
         worth_splitting(x.numel() / x.size(-1), columns, x.size(-1), call.stream);
}

// All copies are made first, in the queue: x's once for all, kept ones anew together, and others may be reading them.
template <bool kSplits>
void forward(const KernelCall& call) {
  const At at{*call.workspace, call.stream};
  const Matrix x = rows_of(call.inputs[kX], at);
  std::vector<Product> products;
  for (int i = 0; i < call.output_count; ++i) {
    const View &weight = call.inputs[weight_at(i)], &bias = call.inputs[bias_at(i)], &y = call.outputs[i];
    Product one{x, weight_of(weight, y.dtype, at).transposed(), dense_rows_of(y)};
    if (bias.present()) one.bias = bias_of(bias, y.dtype, at);
    one.splits = kSplits;
    products.push_back(one);
  }
  std::vector<Product*> all;
  for (Product& one : products) all.push_back(&one);
  split_factors(all, at.workspace, at.stream);
  std::vector<Branch> branches;
  for (int i = 1; i < std::min(call.output_count, kBranches + 1); ++i) branches.emplace_back(at.stream, i - 1);
  for (std::size_t i = 0; i < products.size(); ++i) {
    const std::size_t turn = i % (branches.size() + 1);
    void* const stream = turn == 0 ? at.stream : branches[turn - 1].stream();
    multiply(products[i], at.workspace, stream);
  }
  for (Branch& branch : branches) branch.join();
}

// A gradient that is zero, where nobody read the output.
void clear(const View& gradient, void* stream) {
  const std::uint64_t zero = 0;
  fill(gradient.data, &zero, size_of(gradient.dtype), static_cast<std::size_t>(gradient.numel()), stream);
}

// One of the linears, as backward sees it.
struct Returned {
  int number;
  View dy;
  Product to_x, to_weight;  // empty where the gradient is not wanted
};

// All products to x are worth it or none, as one of all their terms; those to the weights as one of all their rows.
// Such a one begins and ends less often than they do, and shares no copy of dy with the other: about as much.
void split_where_worth(std::vector<Returned>& all, const Matrix& x, const At& at) {
  std::int64_t terms = 0, rows = 0;
  for (const Returned& one : all) terms += one.to_x.a.columns, rows += one.to_weight.a.rows;
  const bool to_x = terms > 0 && worth_splitting(x.rows, x.columns, terms, at.stream),
             to_weights = rows > 0 && worth_splitting(rows, x.columns, x.rows, at.stream);
  std::vector<Product*> products;
  for (Returned& one : all) {
    one.to_x.splits = to_x;
    one.to_weight.splits = to_weights && one.to_weight.a.rows > 0;
    products.insert(products.end(), {&one.to_x, &one.to_weight});
  }
  split_factors(products, at.workspace, at.stream);
}

// dx = the sum of dy W in the queue, beside it every dW = dy^T x, and beside both the sums of dy over rows.
template <bool kSplits>
void backward(const BackwardCall& call) {
  const At at{*call.workspace, call.stream};
  const bool to_x = call.input_gradients[kX].present();
  const Matrix x = rows_of(call.inputs[kX], at);
  std::vector<Returned> all;
  for (int i = 0; i < call.output_count; ++i) {
    const View &dy = call.output_gradients[i], &weight = call.input_gradients[weight_at(i)],
               &bias = call.input_gradients[bias_at(i)];
    if (!dy.present()) {
      if (weight.present() && !call.accumulate[weight_at(i)]) clear(weight, at.stream);
      if (bias.present() && !call.accumulate[bias_at(i)]) clear(bias, at.stream);
      continue;
    }
    Returned one{i, densified(dy, dy.dtype, at), {}, {}};
    const Matrix rows = rows_of(one.dy, at);
    if (to_x) one.to_x = {rows, weight_of(call.inputs[weight_at(i)], dy.dtype, at), {}};
    if (weight.present()) one.to_weight = {rows.transposed(), x, {}};
    all.push_back(one);
  }
  if constexpr (kSplits) split_where_worth(all, x, at);
  Branch summing(at.stream, 0), weighing(at.stream, 1);
  bool accumulates = to_x && call.accumulate[kX];
  for (const Returned& one : all) {
    const int to_weight = weight_at(one.number), to_bias = bias_at(one.number);
    const View &weight = call.input_gradients[to_weight], &bias = call.input_gradients[to_bias];
    const Matrix rows = dense_rows_of(one.dy);
    if (bias.present()) {
      return_through({Function::none, nullptr, one.dy.data, nullptr, one.dy.dtype, rows.rows, rows.columns}, bias,
                     call.accumulate[to_bias], at.workspace, summing.stream());
    }
    if (weight.present()) {
      multiply_into(one.to_weight, weight, call.accumulate[to_weight], {at.workspace, weighing.stream()});
    }
    if (!to_x) continue;
    multiply_into(one.to_x, call.input_gradients[kX], accumulates, at);
    accumulates = true;
  }
  weighing.join();
  summing.join();
}

template <bool kSplits>
void add_row(Rows& rows, KernelRow row) {
  row.backward = backward<kSplits>;
  row.backward_reads_inputs = weights_read();
  row.accumulates = kReadsAll;
  rows.push_back(row);
}

}  // namespace

void add_linears_products(Rows& rows) {
  add_row<false>(rows, product_row("linears", forward<false>, supports));
  add_row<true>(rows, split_row("linears", forward<true>, supports_split));
}

}  // namespace strata::cuda
